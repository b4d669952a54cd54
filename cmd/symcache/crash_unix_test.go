//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// answersOf returns what people and editors get of a tree, for comparison.
func answersOf(t *testing.T, cache, dir string) string {
	t.Helper()
	return mustRun(t, command(t, cache, "query", "--json", "--limit", "100000", "", dir))
}

func reportOf(t *testing.T, stdout string) (r scan.Report) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	return r
}

// Law 3: a warm that is killed at any moment leaves a cache that the next one
// goes on with, without an error, and with the answers of an empty cache.
func TestKillWarm(t *testing.T) {
	t.Parallel()
	rounds := 5
	if os.Getenv(longEnv) != "" {
		rounds = 50
	}
	dir := sourceTree(t, 200, 3000)
	whole := newDir(t)
	start := time.Now()
	first := reportOf(t, mustRun(t, command(t, whole, "warm", "--json", dir)))
	takes := time.Since(start)
	want := answersOf(t, whole, dir)

	cache := newDir(t)
	for round := range rounds {
		if round%10 == 0 {
			cache = newDir(t) // from the start again; between, crashes add up
		}
		cmd := command(t, cache, "warm", dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Not a wait for something, but the random moment.
		kill := time.AfterFunc(time.Duration(rand.Int64N(int64(takes))), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or done before
		kill.Stop()

		if round%2 == 0 {
			continue // two crashes in a row
		}
		r := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", dir)))
		if r.Parsed+r.Reused != first.Parsed+first.Reused || r.Failed != 0 || r.Symbols != first.Symbols {
			t.Fatalf("round %d: %+v, want the sums of %+v", round, r, first)
		}
		if again := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", dir))); again.Parsed != 0 {
			t.Fatalf("round %d: %d contents are parsed though all were", round, again.Parsed)
		}
		if diff := cmp.Diff(want, answersOf(t, cache, dir)); diff != "" {
			t.Fatalf("round %d: other answers than from an empty cache:\n%s", round, diff)
		}
	}
}

// Eight at once parse each content once in all.
func TestEightWarms(t *testing.T) {
	t.Parallel()
	const contents = 150
	dir, cache := sourceTree(t, contents, 1500), newDir(t)
	var cmds []*exec.Cmd
	for range 8 {
		cmds = append(cmds, command(t, cache, "warm", "--json", dir))
	}
	results := make([]result, len(cmds))
	var group sync.WaitGroup
	for i, cmd := range cmds {
		group.Go(func() { results[i] = runCommand(t, cmd) })
	}
	group.Wait()
	parsed := 0
	for _, r := range results {
		// One that takes long tells how far it is, and nothing else is told.
		if told := withoutProgress(r.stderr); r.code != exitOK || told != "" {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
		report := reportOf(t, r.stdout)
		if report.Parsed+report.Reused != contents+contents/10 || report.Failed+report.Skipped != 0 {
			t.Errorf("%+v", report)
		}
		parsed += report.Parsed
	}
	if parsed != contents {
		t.Errorf("%d contents were parsed, of %d", parsed, contents)
	}
}

// An interrupted warm says so, and what it has published is there.
func TestInterruptWarm(t *testing.T) {
	t.Parallel()
	// The second half of the tree is in a batch that another process holds, so
	// that the warm is surely under way when it is interrupted: it has published
	// the one half and waits for the other.
	dir, cache := sourceTree(t, 40, 500), newDir(t)
	half := filepath.Join(dir, "d1")
	mustRun(t, command(t, cache, "warm", half))
	published := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", half)))

	unlock := lockStore(t, cache)
	var text []byte
	for range 5 { // a machine that is too busy to print within leaveAfter prints nothing
		if text = interruptWarm(t, cache, dir); len(text) > 0 {
			break
		}
	}
	unlock()
	r := reportOf(t, string(text))
	if r.Files != r.Parsed+r.Reused+r.Skipped+r.Failed || r.Reused < published.Reused || r.Parsed != 0 {
		t.Errorf("%+v, with %d files known before", r, published.Reused)
	}
	after := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", dir)))
	if after.Reused < published.Reused || after.Parsed == 0 {
		t.Errorf("after the interruption: %+v", after)
	}
}

// interruptWarm interrupts a warm that waits for a lock and returns what it printed.
func interruptWarm(t *testing.T, cache, dir string) []byte {
	t.Helper()
	cmd := command(t, cache, "warm", "--json", dir)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForLock(t, cmd.Process.Pid, cache)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the code tells
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	return out.Bytes()
}

// waitForLock waits until a process has the lock file of a shard open, which it does
// to ask for the lock: shards are named by two digits, all others are longer.
func waitForLock(t *testing.T, pid int, cache string) {
	t.Helper()
	deadline := time.After(patience)
	retry := time.NewTicker(time.Millisecond)
	defer retry.Stop()
	locks := filepath.Join(cache, "v2", fmt.Sprint(os.Getuid()), "locks")
	for {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		if err != nil || len(files) == 0 {
			t.Skip("no /proc that tells open files")
		}
		for _, f := range files {
			if target, err := os.Readlink(f); err == nil && filepath.Dir(target) == locks && len(filepath.Base(target)) == 2 {
				return
			}
		}
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatal("the process does not ask for a lock")
		}
	}
}
