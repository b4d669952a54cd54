package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// roleEnv makes the test binary another process that plays a role.
const roleEnv = "SYMCACHE_TEST_ROLE"

// binaryEnv names the program under test for all tests and scripts.
const binaryEnv = "SYMCACHE_TEST_BINARY"

// TestMain builds the program once: the tests are about processes, and only a
// program built as users build it knows the versions of its modules.
func TestMain(m *testing.M) {
	if play := roles()[os.Getenv(roleEnv)]; play != nil {
		if err := play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code, err := withBinary(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withBinary(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "symcache-test-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // other users run it too
		return 1, err
	}
	binary := filepath.Join(dir, "symcache")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	args := []string{"build", "-buildvcs=false", "-o", binary}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	// The user's own settings are none of the tests' business.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SYMCACHE_") && name != longEnv {
			if err := os.Unsetenv(name); err != nil {
				return 1, err
			}
		}
	}
	// The race detector sleeps for a second at the end of each process by default,
	// for reports of goroutines that run on.
	for name, value := range map[string]string{binaryEnv: binary, "GORACE": "atexit_sleep_ms=0"} {
		if err := os.Setenv(name, value); err != nil {
			return 1, err
		}
	}
	return run(), nil
}

// patience is how long a test waits for what must come; only a failure takes so long.
const patience = 2 * time.Minute

// longEnv has the tests of crashes run all their rounds.
const longEnv = "SYMCACHE_TEST_LONG"

// command is the program with a cache directory of its own.
func command(t testing.TB, cache string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Getenv(binaryEnv), args...)
	cmd.Env = append(os.Environ(), "SYMCACHE_DIR="+cache)
	cmd.Dir = t.TempDir()
	return cmd
}

// result is what a process printed, and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

func runCommand(t testing.TB, cmd *exec.Cmd) result {
	t.Helper()
	r, err := resultOf(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.stderr, "DATA RACE") || strings.Contains(r.stderr, "panic:") {
		t.Errorf("%v:\n%s", cmd.Args, r.stderr)
	}
	return r
}

// resultOf runs a command; the error is one of starting it.
func resultOf(cmd *exec.Cmd) (result, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return result{}, err
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}

func mustRun(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	r := runCommand(t, cmd)
	if r.code != exitOK {
		t.Fatalf("%v: exit code %d\n%s", cmd.Args, r.code, r.stderr)
	}
	return r.stdout
}

// withoutProgress returns what a command told on standard error besides how far it is,
// which it tells where it takes some seconds.
func withoutProgress(stderr string) string {
	return regexp.MustCompile(`(?m)^(warm|scan): [\d,]+ of [\d,]+ files\n`).ReplaceAllString(stderr, "")
}

// newDir returns a new directory that all users may enter.
func newDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sourceTree writes n sources of distinct contents, each of about the given size,
// made of the polyglot workspace's kind of code, and as many copies of some.
func sourceTree(t testing.TB, n, size int) string {
	t.Helper()
	dir := newDir(t)
	for i := range n {
		var goText, pyText strings.Builder
		fmt.Fprintf(&goText, "package p%d\n", i)
		for j := 0; goText.Len() < size; j++ {
			fmt.Fprintf(&goText, "\n// T%d_%d is a type.\ntype T%d_%d struct{ A, B int }\n\nfunc (t *T%d_%d) Sum() int { return t.A + t.B }\n",
				i, j, i, j, i, j)
			fmt.Fprintf(&pyText, "class C%d_%d:\n    def total(self, a, b):\n        return a + b\n\n", i, j)
		}
		name, text := fmt.Sprintf("d%d/f%d.go", i%7, i), goText.String()
		if i%2 == 1 {
			name, text = fmt.Sprintf("d%d/f%d.py", i%7, i), pyText.String()
		}
		write(t, filepath.Join(dir, name), text)
		if i%10 == 0 {
			write(t, filepath.Join(dir, "copies", filepath.Base(name)), text)
		}
	}
	return dir
}
