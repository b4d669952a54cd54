//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
)

// snapshot returns the names below a directory, with modes, times of modification and contents.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = cachestore.Sum(b).String()
		}
		found[path] = fmt.Sprintln(info.Mode(), info.ModTime().UnixNano(), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// spoiledCache makes a cache of a tree with all that can be wrong in one: a damaged pack, a damaged and a foreign
// entry, a damaged index, and what dead writers left.
func spoiledCache(t *testing.T, dir string) (cache string) {
	t.Helper()
	cache = filepath.Join(newDir(t), "cache")
	for n := range 5 {
		write(t, filepath.Join(dir, fmt.Sprintf("a%d.go", n)), fmt.Sprintf("package p\n\nfunc A%d() {}\n", n))
	}
	mustRun(t, command(t, cache, "warm", dir))
	for n := range 3 { // alone, each is a loose entry
		single := newDir(t)
		write(t, filepath.Join(single, "b.go"), fmt.Sprintf("package b\n\nfunc B%d() {}\n", n))
		mustRun(t, command(t, cache, "symbols", filepath.Join(single, "b.go")))
	}
	entries := filesNamed(t, cache, ".bin")
	if len(entries) < 3 {
		t.Fatalf("only %d loose entries", len(entries))
	}
	spoil(t, entries[0], -1) // damaged
	spoil(t, entries[1], 4)  // of another format version
	spoil(t, filesNamed(t, cache, ".pack")[0], -1)
	other := newDir(t)
	write(t, filepath.Join(other, "c.go"), "package c\n")
	mustRun(t, command(t, cache, "warm", other))
	spoil(t, filesNamed(t, cache, ".index")[0], -1)
	for _, left := range []string{filepath.Dir(entries[2]), filepath.Dir(filesNamed(t, cache, ".pack")[0])} {
		path := filepath.Join(left, "tmp-1234")
		write(t, path, "half")
		old := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	return cache
}

func filesNamed(t *testing.T, dir, suffix string) (paths []string) {
	t.Helper()
	for path := range snapshot(t, dir) {
		if strings.HasSuffix(path, suffix) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		t.Fatalf("no %s below %s", suffix, dir)
	}
	return paths
}

func spoil(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[(at+len(b))%len(b)] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Looking changes nothing: commands that report leave each name, byte, mode and time in the cache as it is, and say
// the same when they are asked again.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cache := spoiledCache(t, dir)
	write(t, filepath.Join(dir, "new.go"), "package p\n\nfunc New() {}\n")
	write(t, filepath.Join(dir, ".git/HEAD"), "ref: refs/heads/main\n")
	in := func(cache string, args []string) *exec.Cmd {
		cmd := command(t, cache, args...)
		cmd.Dir = dir
		return cmd
	}
	before := snapshot(t, cache)
	for _, args := range [][]string{
		{"verify"}, {"verify", "--json"}, {"doctor"}, {"bug"}, {"stats"}, {"stats", "--json"}, {"config"}, {"config", "--json"},
		{"gc", "--dry-run"}, {"gc", "--dry-run", "--max-size", "1", "--json"}, {"version"}, {"man"},
		{}, {"status"}, {"status", "--json", ".", "a0.go", "new.go"},
	} {
		first, second := runCommand(t, in(cache, args)), runCommand(t, in(cache, args))
		first.stdout, second.stdout = withoutFree(first.stdout), withoutFree(second.stdout)
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%v says something else the second time (-first +second):\n%s", args, diff)
		}
		if diff := cmp.Diff(before, snapshot(t, cache)); diff != "" {
			t.Fatalf("%v changes the cache (-before +after):\n%s", args, diff)
		}
	}
	none := filepath.Join(newDir(t), "none")
	for _, args := range [][]string{{"verify"}, {"doctor"}, {"bug"}, {"stats"}, {"status"}, {"config"}, {"gc", "--dry-run"}, {}} {
		_ = runCommand(t, in(none, args))
		if _, err := os.Lstat(none); err == nil {
			t.Fatalf("%v makes a cache", args)
		}
	}
}

// withoutFree leaves out the line on the space that is free, which others change.
func withoutFree(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "on ") && !strings.Contains(line, " free") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// A query answers from a cache that may only be read, and leaves it as it is.
func TestQueryLeavesReadOnlyCache(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	cache := spoiledCache(t, dir)
	for path := range snapshot(t, cache) {
		giveTo(t, path)
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		chmod(t, path, info.Mode().Perm()&0o500)
	}
	if os.Getuid() == 0 { // the namespace is that of whoever asks
		layout := filepath.Dir(filepath.Dir(filepath.Dir(filesNamed(t, cache, ".pack")[0])))
		if err := os.Rename(filepath.Join(layout, "0"), filepath.Join(layout, fmt.Sprint(nobody))); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, cache)
	for range 2 {
		r := runCommand(t, unprivileged(command(t, cache, "query", "--json", "A", dir)))
		if r.code != exitOK || !strings.Contains(r.stdout, `"A3"`) {
			t.Errorf("query: %+v", r)
		}
		if diff := cmp.Diff(before, snapshot(t, cache)); diff != "" {
			t.Fatalf("query changes a cache that may only be read (-before +after):\n%s", diff)
		}
	}
}
