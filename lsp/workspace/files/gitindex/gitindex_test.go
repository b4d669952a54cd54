package gitindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// git runs git in a directory, without anybody's configuration.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@t", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@t")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func needGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
}

func write(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(path), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read reads the index of a repository.
func read(gitDir string, o Options) (paths []string, err error) {
	open := func(name string) (io.ReadCloser, int64, error) {
		f, err := os.Open(filepath.Join(gitDir, name))
		if err != nil {
			return nil, 0, err
		}
		info, err := f.Stat()
		return f, info.Size(), err
	}
	o.Shared = open
	f, size, err := open("index")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = Read(f, size, o, func(e Entry) {
		path := string(e.Path)
		if e.Dir {
			path += "/"
		}
		paths = append(paths, path)
	})
	slices.Sort(paths)
	return paths, err
}

// What we read is what git says, whatever kind of index it writes.
func TestReadAgreesWithGit(t *testing.T) {
	t.Parallel()
	needGit(t)
	for name, test := range map[string]struct {
		init  []string
		setup [][]string
		split bool
	}{
		"version 2": {setup: [][]string{{"update-index", "--index-version", "2"}}},
		"version 3": {setup: [][]string{{"update-index", "--index-version", "3"}, {"update-index", "--skip-worktree", "a/b.go"}}},
		"version 4": {setup: [][]string{{"update-index", "--index-version", "4"}}},
		"SHA-256":   {init: []string{"--object-format=sha256"}},
		"split": {split: true, setup: [][]string{
			{"config", "splitIndex.maxPercentChange", "100"}, {"update-index", "--split-index"},
			{"rm", "-q", "--cached", "a/b.go", "d17/f.go"}, {"add", "-f", "later.go"}, {"update-index", "--chmod=+x", "d03/f.go"},
		}},
		"sparse": {setup: [][]string{{"commit", "-q", "-m", "x"}, {"sparse-checkout", "set", "--cone", "--sparse-index", "d01", "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			git(t, dir, append([]string{"init", "-q"}, test.init...)...)
			for i := range 70 {
				write(t, filepath.Join(dir, fmt.Sprintf("d%02d", i), "f.go"))
			}
			for _, file := range []string{"a/b.go", "a/b/c.go", "é.go", "x y", "a/" + strings.Repeat("long", 50) + ".go"} {
				write(t, filepath.Join(dir, file))
			}
			git(t, dir, "add", ".")
			write(t, filepath.Join(dir, "later.go"))
			for _, args := range test.setup {
				git(t, dir, args...)
			}
			args := []string{"ls-files", "-z", "--cached"}
			if name == "sparse" {
				args = append(args, "--sparse")
			}
			want := strings.Split(strings.TrimSuffix(git(t, dir, args...), "\x00"), "\x00")
			slices.Sort(want)
			got, err := read(filepath.Join(dir, ".git"), Options{SHA256: test.init != nil})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v; %d paths, want %d: %q", err, len(got), len(want), got)
			}
			shared, err := filepath.Glob(filepath.Join(dir, ".git", "sharedindex.*"))
			if err != nil || (len(shared) > 0) != test.split {
				t.Errorf("split is %v: %v, %v", test.split, shared, err)
			}
			if name == "sparse" && !slices.ContainsFunc(got, func(path string) bool { return strings.HasSuffix(path, "/") }) {
				t.Error("the index is not sparse")
			}
		})
	}
}

// sample is an index of a version with some paths.
func sample(version uint32, paths ...string) []byte {
	text := binary.BigEndian.AppendUint32([]byte("DIRC"), version)
	text = binary.BigEndian.AppendUint32(text, uint32(len(paths)))
	before := ""
	for _, path := range paths {
		start := len(text)
		text = append(text, make([]byte, 62)...)
		if version == 4 {
			text = append(text, byte(len(before)))
			before = path
		}
		text = append(append(text, path...), 0)
		for version < 4 && (len(text)-start)%8 != 0 {
			text = append(text, 0)
		}
	}
	return append(text, make([]byte, 20)...)
}

// What cannot be read is an error that says so, and not a wrong answer.
func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	good := sample(2, "a", "b/c")
	with := func(extension string, body ...byte) []byte {
		text := append(bytes.Clone(good[:len(good)-20]), extension...)
		text = binary.BigEndian.AppendUint32(text, uint32(len(body)))
		return append(append(text, body...), make([]byte, 20)...)
	}
	for name, text := range map[string][]byte{
		"empty":              nil,
		"another file":       []byte("#!/bin/sh\necho this is no index, but long enough for one\n"),
		"version 5":          sample(5, "a"),
		"cut short":          good[:100],
		"a needed extension": with("abcd", 1, 2, 3),
		"a long path":        sample(2, strings.Repeat("x", MaxPath+1)),
		"split":              with("link", bytes.Repeat([]byte{7}, 20)...),
	} {
		err := Read(bytes.NewReader(text), int64(len(text)), Options{}, func(Entry) {})
		if !errors.Is(err, ErrUnread) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string][]byte{
		"good": good, "an optional extension": with("ABCD", 1, 2, 3), "version 4": sample(4, "a", "b/c"), "split from nothing": with("link", make([]byte, 20)...),
	} {
		n := 0
		if err := Read(bytes.NewReader(text), int64(len(text)), Options{}, func(Entry) { n++ }); err != nil || n != 2 {
			t.Errorf("%s: %d entries, %v", name, n, err)
		}
	}
	if err := Read(bytes.NewReader(good), MaxSize+1, Options{}, func(Entry) {}); !errors.Is(err, ErrUnread) {
		t.Errorf("too large: %v", err)
	}
}

// FuzzRead: whatever the bytes, paths are bounded and reading ends.
func FuzzRead(f *testing.F) {
	f.Add(sample(2, "a", "b/c"), []byte{})
	f.Add(sample(4, "a/b", "a/c"), []byte{})
	link := append(bytes.Repeat([]byte{7}, 20), 0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0)
	split := append([]byte("link"), 0, 0, 0, byte(len(link)))
	one := sample(2, "x")
	f.Add(append(append(append(bytes.Clone(one[:len(one)-20]), split...), link...), make([]byte, 20)...), sample(2, "a", "b"))
	f.Fuzz(func(t *testing.T, text, shared []byte) {
		o := Options{Shared: func(string) (io.ReadCloser, int64, error) {
			return io.NopCloser(bytes.NewReader(shared)), int64(len(shared)), nil
		}}
		n := 0
		err := Read(bytes.NewReader(text), int64(len(text)), o, func(e Entry) {
			n++
			if len(e.Path) > MaxPath {
				t.Errorf("a path of %d bytes", len(e.Path))
			}
		})
		if err != nil && !errors.Is(err, ErrUnread) || n > (len(text)+len(shared))/62 {
			t.Errorf("%d entries, %v", n, err)
		}
	})
}

// BenchmarkRead reads an index of 15,000 files, as large repositories have.
func BenchmarkRead(b *testing.B) {
	var paths []string
	for i := range 15_000 {
		paths = append(paths, fmt.Sprintf("staging/src/package%03d/file%05d.go", i/40, i))
	}
	text := sample(2, paths...)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := Read(bytes.NewReader(text), int64(len(text)), Options{}, func(Entry) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// A table has the wanted paths and the directories above them, and nothing else. Loaded
// again, it names what is new.
func TestTableHasPathsAndTheirDirectories(t *testing.T) {
	t.Parallel()
	isGo := func(name string) bool { return strings.HasSuffix(name, ".go") }
	load := func(old *Table, paths ...string) (*Table, []string, bool) {
		t.Helper()
		text := sample(2, paths...)
		next, added, changed, err := old.Load(bytes.NewReader(text), int64(len(text)), Options{}, isGo)
		if err != nil {
			t.Fatal(err)
		}
		return next, added, changed
	}
	all := []string{"a.go", "a/b.go", "a/b/c.go", "ab/c/d/e.go", "ab/cd/x.go", "doc/readme.md", "z/y/x/w.go"}
	table, added, changed := load(NewTable(), all...)
	if len(added) != 6 || !changed {
		t.Errorf("new are %q", added)
	}
	for _, path := range []string{"a.go", "a", "a/b.go", "a/b", "a/b/c.go", "ab", "ab/c", "ab/c/d", "ab/c/d/e.go", "ab/cd", "z", "z/y", "z/y/x", "z/y/x/w.go"} {
		if !table.Has([]byte(path)) {
			t.Errorf("%s is not tracked", path)
		}
	}
	for _, path := range []string{"", "b.go", "a/c", "doc", "doc/readme.md", "ab/c/d/e", "z/y/x/w", "z/y.go"} {
		if table.Has([]byte(path)) {
			t.Errorf("%s is tracked", path)
		}
	}
	if _, added, changed := load(table, all...); len(added) > 0 || changed {
		t.Errorf("new are %q though nothing is", added)
	}
	next, added, changed := load(table, append(slices.Clone(all[1:]), "zz/new.go")...)
	if !slices.Equal(added, []string{"zz/new.go"}) || !changed || next.Has([]byte("a.go")) {
		t.Errorf("new are %q", added)
	}
	many := make([]string, maxAdded+1)
	for i := range many {
		many[i] = fmt.Sprintf("%03d.go", i)
	}
	if _, added, changed := load(table, many...); added != nil || !changed {
		t.Errorf("%d are named as new", len(added))
	}
}

// The directories of each path are those that the table has, in whatever order paths come.
func FuzzTable(f *testing.F) {
	f.Add("a/b/c.go\na/bc/d.go\nab.go\na/b.go")
	f.Fuzz(func(t *testing.T, text string) {
		var paths []string
		for line := range strings.Lines(text) {
			if line = strings.Trim(line, "/\n"); line != "" && len(line) <= MaxPath && !strings.ContainsAny(line, "\x00") && filepath.ToSlash(filepath.Clean(line)) == line {
				paths = append(paths, line)
			}
		}
		index := sample(2, paths...)
		table, _, _, err := NewTable().Load(bytes.NewReader(index), int64(len(index)), Options{}, func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]bool)
		for _, path := range paths {
			for i := range path {
				if path[i] == '/' {
					want[path[:i]] = true
				}
			}
			want[path] = true
		}
		if len(table.hashes) != len(want) {
			t.Errorf("%d paths of %d", len(table.hashes), len(want))
		}
		for path := range want {
			if !table.Has([]byte(path)) {
				t.Errorf("%q is missing", path)
			}
		}
	})
}
