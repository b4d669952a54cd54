package tree

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
)

// makeTree writes files given as path and text.
func makeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWalks(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"a.go": "12345", "b/c.py": "123", "b/d/e.ts": "1", "b/README": "not a source",
		".git/f.go": "skipped", "node_modules/x/g.js": "skipped",
	})
	want := Totals{Files: 3, Bytes: 9}
	for name, visit := range map[string]func(context.Context, string, int) (Totals, error){"Lstat": Lstat, "Hash": Hash} {
		for _, workers := range []int{1, 4} {
			got, err := visit(t.Context(), dir, workers)
			if err != nil || got != want {
				t.Errorf("%s by %d = %+v, %v, want %+v", name, workers, got, err, want)
			}
		}
		if _, err := visit(t.Context(), filepath.Join(dir, "none"), 2); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s of no directory: %v", name, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := visit(ended, dir, 2); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s when cancelled: %v", name, err)
		}
	}
}

// Two workspaces of as many files are equal, whoever wrote which file, and each is valid Go.
func TestSyntheticIsDeterministic(t *testing.T) {
	t.Parallel()
	const n = 2*packageFiles + 3
	var trees [2]map[string]cachestore.Hash
	for i, workers := range []int{1, 3} {
		dir := t.TempDir()
		if err := Synthetic(t.Context(), dir, n, workers); err != nil {
			t.Fatal(err)
		}
		trees[i] = map[string]cachestore.Hash{}
		for file := range n {
			path := syntheticPath(file)
			text, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution); err != nil {
				t.Error(err)
			}
			trees[i][path] = cachestore.Sum(text)
		}
		if totals, err := Lstat(t.Context(), dir, 2); err != nil || totals.Files != n {
			t.Errorf("%d files, %v, want %d", totals.Files, err, n)
		}
	}
	if diff := cmp.Diff(trees[0], trees[1]); diff != "" {
		t.Errorf("one worker and three (-one +three):\n%s", diff)
	}
}

// No two files of a workspace have equal contents: each has to be parsed.
func TestSyntheticFilesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for n := range 100_000 {
		if first, ok := seen[name(n)]; ok {
			t.Fatalf("files %d and %d both declare %s", first, n, name(n))
		}
		seen[name(n)] = n
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"a/one.go":       "package a\n\ntype FirstOfAll int\n",
		"b/two.go":       "package b\n\nfunc Short() {}\nfunc SecondOfAll() {}\n",
		"b/three.go":     "package b\n\ntype ThirdOfAll int\n",
		"b/windows.go":   "//go:build windows\n\npackage b\n\ntype BuiltElsewhere int\n",
		"b/none_test.go": "package b\n\ntype OnlyForTests int\n",
		"x.py":           "class FirstOfPython: pass\n",
	})
	got, err := Draw(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := Sample{
		Language: Go,
		Document: filepath.Join(dir, "b/three.go"),
		Documents: []string{
			filepath.Join(dir, "a/one.go"), filepath.Join(dir, "b/three.go"), filepath.Join(dir, "b/two.go"),
		},
		Target: Declaration{Name: "SecondOfAll", Path: filepath.Join(dir, "b/two.go")},
		Names:  []string{"FirstOfAll", "ThirdOfAll", "SecondOfAll"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Draw (-want +got):\n%s", diff)
	}
	if _, err := Draw(t.Context(), t.TempDir()); err == nil {
		t.Error("no error for an empty tree")
	}
}

func TestDeclared(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		language   Language
		text, want string
	}{
		{Python, "import os\nclass  x\ndef make_thing(a):\n", "make_thing"},
		{JavaScript, "export default async function makeThing() {}", "makeThing"},
		{TypeScript, "export abstract class BaseThing {}", "BaseThing"},
		{C, "static int make_thing(struct a *b,\n\t\tint c)\n{\n", "make_thing"},
		{C, "int make_thing(int);\n", ""},
		{Go, "package a\n\nfunc (t *T) MethodOfT() {}\n", ""},
	} {
		if got, _ := declared(test.language, []byte(test.text)); got != test.want {
			t.Errorf("declared(%s, %q) = %q, want %q", test.language, test.text, got, test.want)
		}
	}
}

func TestKeystrokes(t *testing.T) {
	t.Parallel()
	s := Sample{Names: []string{"abc", "de"}}
	want := []string{"a", "ab", "abc", "d", "de", "a"}
	if diff := cmp.Diff(want, s.Keystrokes(6)); diff != "" {
		t.Errorf("Keystrokes (-want +got):\n%s", diff)
	}
}
