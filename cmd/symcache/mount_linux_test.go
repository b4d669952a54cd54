package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// roles are what the test binary does as another process.
func roles() map[string]func([]string) error {
	return map[string]func([]string) error{"full": onFullDisk, "read-only": onReadOnlyDisk, "background": inBackground, "kernel": warmKernelFiles}
}

// A cache on a full disk or a read-only one takes nothing: warm says so and
// fails, and answers come all the same, with one warning.
func TestMountedCache(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"full", "read-only"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			cache, dir := newDir(t), newDir(t)
			write(t, filepath.Join(dir, "known.go"), "package p\n\nfunc Known() {}\n")
			cmd := exec.Command(os.Args[0], cache, dir)
			cmd.Env = append(os.Environ(), roleEnv+"="+role, "SYMCACHE_DIR="+cache)
			inMountNamespace(cmd)
			out := mustRun(t, cmd)
			var results [3]struct {
				Stdout, Stderr string
				Code           int
			}
			if err := json.Unmarshal([]byte(out), &results); err != nil {
				t.Fatalf("%v in %q", err, out)
			}
			warm, query, symbols := results[0], results[1], results[2]
			if report := reportOf(t, warm.Stdout); report.Reused != 1 || report.Parsed != 2 || report.NotStored != 2 {
				t.Errorf("warm: %+v", report)
			}
			if warm.Code != exitFailed || !strings.Contains(warm.Stderr, "2 summaries could not be stored") {
				t.Errorf("warm: exit code %d\n%s", warm.Code, warm.Stderr)
			}
			wantOneWarningPerCause(t, "warm", warm.Stderr)
			wantWarnedOnce(t, "query", result{query.Stdout, query.Stderr, query.Code})
			wantWarnedOnce(t, "symbols", result{symbols.Stdout, symbols.Stderr, symbols.Code})
		})
	}
}

// What the kernel makes up is not looked at, wherever it is mounted, and the report says so.
func TestKernelFilesAreLeftOut(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	write(t, filepath.Join(dir, "known.go"), "package p\n\nfunc Known() {}\n")
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), roleEnv+"=kernel", "SYMCACHE_DIR="+newDir(t))
	inMountNamespace(cmd)
	report := reportOf(t, mustRun(t, cmd))
	want := []scan.LeftOut{{Why: "made up by the kernel", Count: 1, Example: filepath.Join(dir, "proc")}}
	if diff := cmp.Diff(want, report.IgnoredBy); diff != "" || report.Files != 1 || report.Failed != 0 {
		t.Errorf("%+v\n%s", report, diff)
	}
}

func warmKernelFiles(args []string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	proc := filepath.Join(args[0], "proc")
	if err := os.Mkdir(proc, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("/proc", proc, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	warm := exec.Command(os.Getenv(binaryEnv), "warm", "--json", args[0])
	warm.Stdout, warm.Stderr = os.Stdout, os.Stderr
	return warm.Run()
}

// inMountNamespace keeps a command's mounts to itself. A user who is not root
// becomes root in a user namespace.
func inMountNamespace(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

func onFullDisk(args []string) error {
	return onDisk(args[0], args[1], func(cache string) error {
		fill, err := os.Create(filepath.Join(cache, "fill"))
		if err != nil {
			return err
		}
		defer fill.Close()
		for block := make([]byte, 1024); err == nil; {
			_, err = fill.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("fill the disk: %w", err)
		}
		return nil
	})
}

func onReadOnlyDisk(args []string) error {
	return onDisk(args[0], args[1], func(cache string) error {
		return syscall.Mount("", cache, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	})
}

// onDisk mounts a small disk for the cache, warms it, spoils the disk, adds new
// sources, and prints how warm, query and symbols do.
func onDisk(cache, dir string, spoil func(cache string) error) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Mount("tmpfs", cache, "tmpfs", 0, "size=256k"); err != nil {
		return fmt.Errorf("mount a small disk: %w", err)
	}
	program := func(args ...string) (result, error) { return resultOf(exec.Command(os.Getenv(binaryEnv), args...)) }
	if r, err := program("warm", dir); err != nil || r.code != exitOK {
		return fmt.Errorf("warm: %w, %+v", err, r)
	}
	if err := spoil(cache); err != nil {
		return err
	}
	for _, name := range []string{"a", "b"} {
		text := fmt.Sprintf("package p\n\nfunc %s() {}\n", strings.ToUpper(name))
		if err := os.WriteFile(filepath.Join(dir, name+".go"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	type printed struct {
		Stdout, Stderr string
		Code           int
	}
	var results []printed
	for _, args := range [][]string{
		{"warm", "--json", dir}, {"query", "--json", "A", dir}, {"symbols", "--json", filepath.Join(dir, "a.go")},
	} {
		r, err := program(args...)
		if err != nil {
			return err
		}
		results = append(results, printed{r.stdout, r.stderr, r.code})
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}
