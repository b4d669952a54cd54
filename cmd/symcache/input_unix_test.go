//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
)

// lockStore holds all locks of a cache's user until unlock is called.
func lockStore(t *testing.T, cache string) (unlock func()) {
	t.Helper()
	store, err := cachestore.Open(cache, cachestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	shards := make([]byte, 256)
	for i := range shards {
		shards[i] = byte(i)
	}
	unlock, ok, err := store.TryLockShards(shards)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	return unlock
}

// nobody is a user without rights, as which a command runs where tests are run
// by root, whom no mode keeps from anything.
const nobody = 65534

func unprivileged(cmd *exec.Cmd) *exec.Cmd {
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Dir = "/"
	return cmd
}

// giveTo makes a directory belong to whom unprivileged commands run as.
func giveTo(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o755) }) // so that it can be removed
}

// Each bad thing in a tree is counted, named where it matters, and keeps nothing
// else from being found.
func TestBadTree(t *testing.T) {
	t.Parallel()
	dir, cache := newDir(t), newDir(t)
	giveTo(t, cache)
	write(t, filepath.Join(dir, "good.go"), "package p\n\nfunc Good() {}\n")
	write(t, filepath.Join(dir, "secret.go"), "package p\n")
	chmod(t, filepath.Join(dir, "secret.go"), 0)
	write(t, filepath.Join(dir, "closed/a.go"), "package p\n")
	chmod(t, filepath.Join(dir, "closed"), 0)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.go"), 0o666); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "s.go"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for name, target := range map[string]string{
		"link.go": "good.go", "dangling.go": "nowhere", "loop.go": "loop.go", "loopdir": ".", "null.go": os.DevNull,
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}

	r := runCommand(t, unprivileged(command(t, cache, "warm", "--json", dir)))
	if r.code != exitSomeFailed {
		t.Errorf("exit code %d, want %d: %s", r.code, exitSomeFailed, r.stderr)
	}
	report := reportOf(t, r.stdout)
	var failed []string
	for _, f := range report.Failures {
		failed = append(failed, strings.TrimPrefix(f.Path, dir+"/"))
		if !strings.Contains(f.Error, "permission denied") {
			t.Errorf("%s: %s", f.Path, f.Error)
		}
	}
	if diff := cmp.Diff([]string{"closed", "secret.go"}, failed); diff != "" {
		t.Error(diff)
	}
	if report.Parsed != 1 || report.Failed != 2 || report.SkippedReasons["not a regular file"] != 6 || report.Files != 9 {
		t.Errorf("%+v", report)
	}
	plain := runCommand(t, unprivileged(command(t, cache, "warm", dir)))
	if !strings.Contains(plain.stderr, "secret.go") || !strings.Contains(plain.stdout, "2 failed") {
		t.Errorf("%+v", plain)
	}
	query := runCommand(t, unprivileged(command(t, cache, "query", "Good", dir)))
	if query.code != exitSomeFailed || !strings.Contains(query.stdout, "good.go:3:6") {
		t.Errorf("%+v", query)
	}
	for _, name := range []string{"pipe.go", "s.go", "loop.go", "null.go"} {
		if r := runCommand(t, command(t, cache, "symbols", filepath.Join(dir, name))); r.code != exitFailed || r.stdout != "" {
			t.Errorf("symbols %s: %+v", name, r)
		}
	}
}

// Contents that are no clean text are parsed all the same, and what is printed
// of them is valid JSON.
func TestOddContents(t *testing.T) {
	t.Parallel()
	dir, cache := newDir(t), newDir(t)
	for name, text := range map[string]string{
		"latenul.go":          "package p\n\nfunc LateNUL() {}\n" + strings.Repeat("// filler\n", 1000) + "\x00\nfunc AfterNUL() {}\n",
		"invalid.py":          "def invalid\xff\xfe_name(): pass\n\ndef \xc3\x28(): pass\n\ndef InvalidAfter(): pass\n",
		"bom.go":              "\uFEFFpackage p\n\nfunc BOM() {}\n",
		"crlf.py":             "def crlf():\r\n    pass\r\n\r\ndef crlf2():\r\n    pass\r\n",
		"nested.c":            "int x = " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000) + ";\nint AfterNesting;\n",
		"new\nline.go":        "package p\n\nfunc NewLine() {}\n",
		"esc\x1b[31m.go":      "package p\n\nfunc Escape() {}\n",
		"bytes\xff\xfe.go":    "package p\n\nfunc BadName() {}\n",
		"dir\xff/percent%.go": "package p\n\nfunc Percent() {}\n",
		"empty.go":            "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Skipf("this file system wants names in UTF-8: %v", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Skipf("this file system wants names in UTF-8: %v", err)
		}
	}
	report := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", dir)))
	if report.Files != 10 || report.Parsed != 10 {
		t.Errorf("%+v", report)
	}
	var matches []struct {
		Name     string
		Location struct{ URI string }
	}
	out := mustRun(t, command(t, cache, "query", "--json", "", dir))
	if !utf8.ValidString(out) {
		t.Error("the output is no UTF-8")
	}
	if err := json.Unmarshal([]byte(out), &matches); err != nil {
		t.Fatal(err)
	}
	uris := make(map[string]string)
	for _, m := range matches {
		uris[m.Name] = strings.TrimPrefix(m.Location.URI, "file://"+dir+"/")
	}
	for name, want := range map[string]string{
		"LateNUL": "latenul.go", "InvalidAfter": "invalid.py", "BOM": "bom.go", "crlf2": "crlf.py", "x": "nested.c",
		"NewLine": "new%0Aline.go", "Escape": "esc%1B%5B31m.go", "BadName": "bytes%FF%FE.go", "Percent": "dir%FF/percent%25.go",
	} {
		if uris[name] != want {
			t.Errorf("%s is in %q, want %q", name, uris[name], want)
		}
	}
	// A program that reads the paths can open them; what a terminal shows is in TestStyle.
	plain := mustRun(t, command(t, cache, "query", "", dir))
	for _, name := range []string{"new\nline.go:3:6\n", "esc\x1b[31m.go:3:6\n", "bytes\xff\xfe.go:3:6\n"} {
		if !strings.Contains(plain, "  "+dir+"/"+name) {
			t.Errorf("%q is not in %q", name, plain)
		}
	}
	for _, name := range []string{"invalid.py", "nested.c", "latenul.go", "bytes\xff\xfe.go"} {
		out := mustRun(t, command(t, cache, "symbols", "--json", filepath.Join(dir, name)))
		if !json.Valid([]byte(out)) || !utf8.ValidString(out) {
			t.Errorf("symbols --json %q prints %q", name, out)
		}
	}
}

// A file of holes and one endless line cost nothing unless they are wanted.
func TestLargeFiles(t *testing.T) {
	t.Parallel()
	dir, cache := newDir(t), newDir(t)
	write(t, filepath.Join(dir, "sparse.go"), "")
	if err := os.Truncate(filepath.Join(dir, "sparse.go"), 3<<30); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	write(t, filepath.Join(dir, "line.js"), "var a = ["+strings.Repeat("1,", 25<<20)+"1];")
	write(t, filepath.Join(dir, "shorter.js"), "var b = ["+strings.Repeat("1,", 2<<20)+"1];")
	write(t, filepath.Join(dir, "good.js"), "function good() {}")
	report := reportOf(t, mustRun(t, command(t, cache, "warm", "--json", dir)))
	if report.Parsed != 1 || report.SkippedReasons["too large"] != 3 {
		t.Errorf("%+v", report)
	}
	report = reportOf(t, mustRun(t, command(t, cache, "warm", "--json", "--max-file-size", "32MiB", dir)))
	if report.Parsed != 1 || report.Reused != 1 || report.SkippedReasons["too large"] != 2 {
		t.Errorf("with 32 MiB: %+v", report)
	}
}

// Where no cache can be made, warm says so and fails where it parsed anything, and
// answers come all the same, with one warning. Base caches are read all the same: with
// one that has everything, warm is done. Doctor finds what warm found. See also
// TestMountedCache.
func TestNoPlaceForCache(t *testing.T) {
	t.Parallel()
	dir, closed := newDir(t), newDir(t)
	write(t, filepath.Join(dir, "a.go"), "package p\n\nfunc A() {}\n")
	giveTo(t, closed)
	chmod(t, closed, 0o555)
	run := func(args ...string) result {
		return runCommand(t, unprivileged(command(t, filepath.Join(closed, "cache"), args...)))
	}
	if r := run("warm", "--json", dir); r.code != exitFailed || !strings.Contains(r.stderr, "--cache-dir") {
		t.Errorf("warm: %+v", r)
	}
	if r := run("doctor"); r.code != exitFailed || !strings.Contains(r.stdout, closed) {
		t.Errorf("doctor: %+v", r)
	}
	wantWarnedOnce(t, "query", run("query", "--json", "A", dir))
	wantWarnedOnce(t, "symbols", run("symbols", "--json", filepath.Join(dir, "a.go")))

	base := filepath.Join(newDir(t), "base")
	mustRun(t, command(t, base, "warm", dir))
	allow(t, base)
	for _, home := range []string{"/", "/nonexistent", ""} {
		withBase := func(args ...string) result {
			cmd := command(t, "", args...)
			cmd.Env = append(cmd.Env, "XDG_CACHE_HOME=", "HOME="+home, "SYMCACHE_BASE="+base)
			return runCommand(t, unprivileged(cmd))
		}
		r := withBase("warm", "--json", dir)
		if report := reportOf(t, r.stdout); r.code != exitOK || report.Parsed != 0 || report.Reused != 1 {
			t.Errorf("HOME=%s: warm with a base: %+v", home, r)
		}
		wantWarnedOnce(t, "query with a base", withBase("query", "--json", "A", dir))
	}
}

// allow lets all users read a cache.
func allow(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chmod(path, 0o755))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantWarnedOnce checks an answer that was given without a cache, or without writing to it.
func wantWarnedOnce(t *testing.T, name string, r result) {
	t.Helper()
	if r.code != exitOK || !json.Valid([]byte(r.stdout)) || !strings.Contains(r.stdout, `"name"`) {
		t.Errorf("%s: %+v", name, r)
	}
	wantOneWarningPerCause(t, name, r.stderr)
}

// wantOneWarningPerCause checks that a log has a warning, and none twice: not being able
// to lock and not being able to write are two.
func wantOneWarningPerCause(t *testing.T, name, log string) {
	t.Helper()
	seen := make(map[string]bool)
	for _, line := range strings.Split(log, "\n") {
		warning, ok := strings.CutPrefix(line, "symcache: warning: ")
		if !ok {
			continue
		}
		cause, _, _ := strings.Cut(warning, ";")
		if seen[cause] {
			t.Errorf("%s warns twice of %q:\n%s", name, cause, log)
		}
		seen[cause] = true
	}
	if len(seen) == 0 {
		t.Errorf("%s does not warn:\n%s", name, log)
	}
}
