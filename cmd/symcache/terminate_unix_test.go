//go:build unix

package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
)

// Each command ends at SIGTERM while what it waits for is held for ever: here, whoever
// reads its output does not read. The time in which it must end is leaveAfter; the test
// only checks that it ends, since a busy machine may need longer to notice.
func TestTerminateWhileOutputIsNotRead(t *testing.T) {
	t.Parallel()
	if leaveAfter >= time.Second {
		t.Errorf("a program may go on for %v after a signal, want less than a second", leaveAfter)
	}
	for _, args := range []string{
		"warm TREE", "query F TREE", "query --json F TREE", "symbols TREE/a.go", "symbols --json TREE/a.go", "status TREE/a.go", "stats", "gc", "gc --dry-run",
		"verify", "verify --repair", "verify --recompute TREE", "doctor", "doctor --json", "bug", "symbols --explain TREE/a.go", "clear --yes", "config", "config --schema",
		"version", "man", "serve --stdio",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			dir, cache := newDir(t), newDir(t)
			write(t, filepath.Join(dir, "a.go"), "package p\n\nfunc F() {}\n")
			mustRun(t, command(t, cache, "warm", dir))
			cmd := command(t, cache, strings.Fields(strings.ReplaceAll(args, "TREE", dir))...)
			cmd.Stdout = fullPipe(t)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close() // a server whose input ends would end too
			p := startTerminated(t, cmd)
			if strings.HasPrefix(args, "serve") {
				body := `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}`
				fmt.Fprintf(in, "Content-Length: %d\r\n\r\n%s", len(body), body)
			}
			p.awaitWrite(t)
			p.terminate(t)
		})
	}
}

// A command that waits for a lock ends at SIGTERM while another process still has it.
func TestTerminateWhileLocksAreHeld(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]string{
		"warm waits for shards":              "warm TREE/new",
		"query waits for shards":             "query F TREE/new",
		"symbols waits for a shard":          "symbols TREE/new/b.go",
		"query waits for another scan":       "query F TREE",
		"warm waits for another scan":        "warm TREE",
		"verify --repair waits for a gc":     "verify --repair",
		"clear waits for a gc and for parts": "clear --yes",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, cache := newDir(t), newDir(t)
			write(t, filepath.Join(dir, "a.go"), "package p\n\nfunc F() {}\n")
			// The lock files of all roots and of gc are made, and locked like those of shards.
			mustRun(t, command(t, cache, "query", "F", dir))
			write(t, filepath.Join(dir, "new/b.go"), "package p\n\nfunc G() {}\n")
			if strings.HasSuffix(args, "TREE") {
				write(t, filepath.Join(dir, "c.go"), "package p\n\nfunc H() {}\n")
				removeIndexes(t, cache)
			}
			mustRun(t, command(t, cache, "gc"))
			unlock := lockStore(t, cache)
			defer unlock()
			held := flockAll(t, cache)
			defer held()
			cmd := command(t, cache, strings.Fields(strings.ReplaceAll(args, "TREE", dir))...)
			p := startTerminated(t, cmd)
			p.awaitOpen(t, filepath.Join(cache, "v2", fmt.Sprint(os.Getuid()), "locks"))
			p.terminate(t)
		})
	}
}

// Gc waits for nobody, so another one that runs for ever does not keep it.
func TestGCEndsWhileAnotherCollects(t *testing.T) {
	t.Parallel()
	cache := newDir(t)
	mustRun(t, command(t, cache, "gc"))
	defer flockAll(t, cache)()
	if out := mustRun(t, command(t, cache, "gc")); !strings.Contains(out, "another process is collecting") {
		t.Errorf("gc prints %q", out)
	}
}

// A command that is at work ends at SIGTERM before its work is done.
func TestTerminateAtWork(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what another process has open")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	cache := newDir(t)
	for _, args := range []string{"warm", "query F", "verify --recompute"} {
		cmd := command(t, cache, append(strings.Fields(args), src)...)
		cmd.Args = append(cmd.Args, "--jobs", "1")
		p := startTerminated(t, cmd)
		p.awaitOpen(t, src)
		p.terminate(t)
	}
}

// Verify and gc look for the signal between two files, also in a cache with many. The
// number of records doubles until the signal comes before the end.
func TestTerminateVerifyAndGC(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what another process has open")
	}
	for _, args := range []string{"verify", "gc --max-age 1h"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			cache := newDir(t)
			store, err := cachestore.Open(cache, cachestore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			for n := 1 << 14; ; n *= 2 {
				putRecords(t, store, n)
				p := startTerminated(t, command(t, cache, strings.Fields(args)...))
				p.awaitOpen(t, filepath.Join(cache, "v2", fmt.Sprint(os.Getuid()), "packs"))
				if code := p.end(t); code == exitInterrupted {
					return
				} else if code != exitOK || n > 1<<19 {
					t.Fatalf("with %d records: exit code %d, want %d: %s", n, code, exitInterrupted, &p.told)
				}
			}
		})
	}
}

// putRecords puts n new records into a store.
func putRecords(t *testing.T, store *cachestore.Store, n int) {
	t.Helper()
	records := make([]cachestore.Record, n)
	for i := range records {
		key := cachestore.Key{Part: cachestore.PartSymbols, Language: "go", Revision: cachestore.Revision{1}}
		if _, err := rand.Read(key.Hash[:]); err != nil {
			t.Fatal(err)
		}
		records[i] = cachestore.Record{Key: key, Value: bytes.Repeat(key.Hash[:], 16)}
	}
	if _, err := store.PutPack(records); err != nil {
		t.Fatal(err)
	}
}

// fullPipe returns the end for writing of a pipe that takes nothing any more.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(r.Close(), w.Close()) })
	fd := int(w.Fd()) // also makes it block, as the pipes of a shell do
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = syscall.Write(fd, block)
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return w
}

// flockAll holds all lock files of a cache that nobody holds, until unlock is called.
func flockAll(t *testing.T, cache string) (unlock func()) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(cache, "v2", "*", "locks", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no lock files: %v", err)
	}
	var held []*os.File
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, f)
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
			t.Fatal(err)
		}
	}
	return func() {
		for _, f := range held {
			_ = f.Close()
		}
	}
}

// terminated is a command that gets a SIGTERM.
type terminated struct {
	cmd   *exec.Cmd
	told  bytes.Buffer // its standard error, complete after end
	ended chan struct{}
}

func startTerminated(t *testing.T, cmd *exec.Cmd) *terminated {
	t.Helper()
	p := &terminated{cmd: cmd, ended: make(chan struct{})}
	cmd.Stderr = &p.told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the exit code tells
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // where the test has failed
		<-p.ended
	})
	return p
}

// end sends SIGTERM, once, and returns the exit code.
func (p *terminated) end(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatal("SIGTERM does not end the program")
	}
	return p.cmd.ProcessState.ExitCode()
}

// terminate checks that SIGTERM ends the program, and that it says so.
func (p *terminated) terminate(t *testing.T) {
	t.Helper()
	if code := p.end(t); code != exitInterrupted || !strings.Contains(p.told.String(), "symcache: interrupted") {
		t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, &p.told)
	}
}

// await waits until something is seen of the process below /proc.
func (p *terminated) await(t *testing.T, what string, seen func(proc string) bool) {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d", p.cmd.Process.Pid)
	if _, err := os.Stat("/proc/self/wchan"); err != nil {
		t.Skip("no /proc that tells what another process does")
	}
	deadline := time.After(patience)
	retry := time.NewTicker(time.Millisecond)
	defer retry.Stop()
	for !seen(proc) {
		select {
		case <-retry.C:
		case <-p.ended:
			return // the exit code tells
		case <-deadline:
			t.Fatalf("the process does not %s", what)
		}
	}
}

// awaitWrite waits until the process waits for the reader of a pipe.
func (p *terminated) awaitWrite(t *testing.T) {
	t.Helper()
	p.await(t, "write", func(proc string) bool {
		paths, _ := filepath.Glob(proc + "/task/*/wchan") // the pattern is right
		for _, path := range paths {
			if at, err := os.ReadFile(path); err == nil && strings.Contains(string(at), "pipe_write") {
				return true
			}
		}
		return false
	})
}

// awaitOpen waits until the process has a file below a directory open or mapped.
func (p *terminated) awaitOpen(t *testing.T, dir string) {
	t.Helper()
	p.await(t, "open a file in "+dir, func(proc string) bool {
		paths, _ := filepath.Glob(proc + "/fd/*") // the pattern is right
		for _, path := range paths {
			if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, dir+"/") {
				return true
			}
		}
		return false
	})
}

// removeIndexes removes the indexes of all workspaces from a cache.
func removeIndexes(t *testing.T, cache string) {
	t.Helper()
	for _, path := range filesNamed(t, cache, ".index") {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
