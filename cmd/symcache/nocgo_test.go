package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A program that was built without cgo, which Go chooses by itself where no C compiler is,
// extracts nothing. Each command that needs symbols says so and fails; the others work.
func TestWithoutCgoCommandsSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(newDir(t), "symcache")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cache, dir := t.TempDir(), newDir(t)
	source := filepath.Join(dir, "a.go")
	write(t, source, "package a\n\nfunc F() {}\n")
	mustRun(t, command(t, cache, "warm", dir)) // there is something to find, by a whole program

	run := func(args ...string) result {
		cmd := command(t, cache, args...)
		cmd.Path = binary
		return runCommand(t, cmd)
	}
	for _, args := range [][]string{
		{"warm", dir}, {"warm", "--json", dir}, {"query", "F", dir}, {"symbols", source}, {"symbols", "--explain", source}, {"serve"}, {"verify", "--recompute", dir},
	} {
		r := run(args...)
		if r.code != exitFailed || r.stdout != "" && args[0] != "verify" || !strings.Contains(r.stderr, "built without cgo") {
			t.Errorf("%v: %+v", args, r)
		}
	}
	for _, args := range [][]string{{"version"}, {"stats"}, {"verify"}, {"doctor"}, {"bug"}, {"config"}, {"gc"}, {"clear", "--yes"}} {
		if r := run(args...); r.code != exitOK {
			t.Errorf("%v: %+v", args, r)
		}
	}
}
