package files

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const cacheTag = "Signature: 8a477f597d28d172789f06886806bc55\n# made by a tool\n"

// walkCases are trees; a "+" in front of a name says that a walk finds the file.
var walkCases = map[string]map[string]string{
	"names": {
		"+a.go": "", "+b/c.py": "", "+noextension": "", "notes.txt": "", "picture.png": "", ".hidden": "", "+.config/x.go": "",
	},
	"default excludes": {
		".git/config": "", ".git/hooks/x.py": "", "node_modules/a/a.js": "", "__pycache__/a.py": "", ".venv/lib/a.py": "",
		"+build/a.go": "", "+src/CVS.go": "",
	},
	"ignore files": {
		".gitignore": "*.gen.go\n/only\n!keep.gen.go\n", "a.gen.go": "", "+keep.gen.go": "", "only/a.go": "", "+b/only/a.go": "",
		"c/.ignore": "x.go\n", "c/x.go": "", "+c/y.go": "", "+x.go": "",
	},
	"an ignored directory is not entered": {
		".gitignore": "out/\n", "out/.gitignore": "!a.go\n", "out/a.go": "",
	},
	"tagged caches": {
		"cache/CACHEDIR.TAG": cacheTag, "cache/a.go": "", "+fake/CACHEDIR.TAG": "", "+fake/a.go": "", "+other/a.go": "",
	},
	"a tagged root is meant": {"CACHEDIR.TAG": cacheTag, "+a.go": ""},
	"build output": {
		"rust/Cargo.toml": "", "rust/target/a.c": "", "+rust/src/target/a.c": "", "+drivers/target/a.c": "",
		"java/pom.xml": "", "java/target/a.js": "", "+java/target.go": "",
	},
	"nested repositories have their own rules": {
		".git/HEAD": "", ".gitignore": "*.gen.go\n", "a.gen.go": "", "sub/.git/HEAD": "", "+sub/a.gen.go": "",
		"sub/.gitignore": "b.go\n", "sub/b.go": "", "sub/c/b.go": "",
	},
	"a repository's own exclude file": {
		".git/info/exclude": "secret.go\n", "secret.go": "", "d/secret.go": "", "+public.go": "",
	},
}

// newRules returns the rules of some roots, with the default excludes.
func newRules(t testing.TB, roots ...string) *Rules {
	t.Helper()
	rules := NewRules(Config{Defaults: defaults(t, DefaultExcludes()...), MayHold: func(name string) bool {
		return slices.Contains([]string{"", ".go", ".py", ".js", ".c"}, filepath.Ext(name))
	}})
	rules.SetRoots(roots)
	return rules
}

// makeTree writes files below a new directory and returns its canonical path. A name
// that ends in "/" is a directory.
func makeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := Canonical(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			path = filepath.Join(path, "x")
		}
		write(t, path, text)
	}
	return dir
}

// A walk finds the files that it should. A look at a single file and a watcher get the same
// answer about each of them, whoever comes first.
func TestWalkLookAndWatcherAgree(t *testing.T) {
	t.Parallel()
	for name, files := range walkCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []string{}
			plain := make(map[string]string)
			for file, text := range files {
				bare, in := strings.CutPrefix(file, "+")
				plain[bare] = text
				// A tag is no source by its name, whatever the table says of its directory.
				if in && filepath.Base(bare) != "CACHEDIR.TAG" {
					want = append(want, bare)
				}
			}
			slices.Sort(want)
			dir := makeTree(t, plain)
			walk := func(rules *Rules) {
				if diff := cmp.Diff(want, walked(t, rules)); diff != "" {
					t.Errorf("walk (-want +got):\n%s", diff)
				}
			}
			ask := func(rules *Rules) {
				for file := range plain {
					path, found := filepath.Join(dir, file), slices.Contains(want, file)
					if got := rules.Includes(path); got != found {
						t.Errorf("Includes(%s) = %v", file, got)
					}
					if got := rules.Ignore(path); got == found && !Decides(filepath.Base(file)) {
						t.Errorf("Ignore(%s) = %v", file, got)
					}
					for above := filepath.Dir(path); found && above != dir; above = filepath.Dir(above) {
						if rules.Skip(above) {
							t.Errorf("Skip(%s), where %s is found", above, file)
						}
					}
				}
			}
			walkFirst, askFirst := newRules(t, dir), newRules(t, dir)
			walk(walkFirst)
			ask(walkFirst)
			ask(askFirst)
			walk(askFirst)
			ask(askFirst)
		})
	}
}

// walked returns the paths that a walk of all roots finds, relative to the first root. Each
// is found once.
func walked(t *testing.T, rules *Rules) []string {
	t.Helper()
	var mu sync.Mutex
	paths := []string{}
	rules.Walk(t.Context(), rules.Roots(), 4, Visitor{
		Found: func(c Candidate) {
			mu.Lock()
			defer mu.Unlock()
			rel, err := filepath.Rel(rules.Roots()[0], c.Path)
			if err != nil {
				t.Error(err)
			}
			paths = append(paths, filepath.ToSlash(rel))
		},
		Failed:  func(path string, err error) { t.Errorf("%s: %v", path, err) },
		Ignored: func() {},
	})
	slices.Sort(paths)
	return paths
}

func TestWalkOfNestedRoots(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"a.go": "", "sub/b.go": "", "sub/deep/c.go": "",
		".ignore": "ignored/\n", "ignored/d.go": "", "ignored/other/e.go": "",
		"tagged/CACHEDIR.TAG": cacheTag, "tagged/f.go": "",
	})
	sub, ignored, tagged := filepath.Join(dir, "sub"), filepath.Join(dir, "ignored"), filepath.Join(dir, "tagged")
	want := []string{"a.go", "ignored/d.go", "ignored/other/e.go", "sub/b.go", "sub/deep/c.go", "tagged/f.go"}
	// A root that others leave out is meant all the same, in whatever order they are walked.
	for range 20 {
		if diff := cmp.Diff(want, walked(t, newRules(t, dir, sub, ignored, tagged, sub, dir))); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestW3WalkRootsWithOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".x", "_x", "testdata", "node_modules", "target", ".git"} {
		dir := makeTree(t, map[string]string{name + "/a.go": "", "Cargo.toml": ""})
		if diff := cmp.Diff([]string{"a.go"}, walked(t, newRules(t, filepath.Join(dir, name)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWalkEndsWithContext(t *testing.T) {
	t.Parallel()
	files := make(map[string]string)
	for _, a := range "abcdefgh" {
		for _, b := range "abcdefgh" {
			files[string(a)+"/"+string(b)+"/x.go"] = ""
		}
	}
	dir := makeTree(t, files)
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	n := 0
	newRules(t, dir).Walk(ctx, []string{dir}, 2, Visitor{
		Found: func(Candidate) {
			cancel()
			mu.Lock()
			defer mu.Unlock()
			n++
		},
		Failed:  func(path string, err error) { t.Errorf("%s: %v", path, err) },
		Ignored: func() {},
	})
	if n == 0 || n == len(files) {
		t.Errorf("%d of %d files were found after the end of the context", n, len(files))
	}
}
