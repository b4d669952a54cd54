package workspace

import (
	"context"
	"os"
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

// The walk finds the files that it should, and Workspace.includes agrees about
// every single one.
func TestWalkAndIncludes(t *testing.T) {
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
			if diff := cmp.Diff(want, walked(t, dir)); diff != "" {
				t.Errorf("walk (-want +got):\n%s", diff)
			}
			w, err := New(newEngine(t, Config{}), []string{dir})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(w.Close)
			for file := range plain {
				if got := w.includes(filepath.Join(dir, file)); got != slices.Contains(want, file) {
					t.Errorf("includes(%s) = %v", file, got)
				}
			}
		})
	}
}

// walked returns the paths that a walk finds, relative to the first root. Each
// is found once.
func walked(t *testing.T, roots ...string) []string {
	t.Helper()
	var mu sync.Mutex
	paths := []string{}
	walk(t.Context(), roots, roots, newEngine(t, Config{}).ignored, 4, func(c candidate, _ *os.File) {
		mu.Lock()
		defer mu.Unlock()
		rel, err := filepath.Rel(roots[0], c.path)
		if err != nil {
			t.Error(err)
		}
		paths = append(paths, filepath.ToSlash(rel))
	}, func(path string, err error) { t.Errorf("%s: %v", path, err) }, func() {})
	slices.Sort(paths)
	return paths
}

func TestWalkNestedRoots(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{
		"a.go": "", "sub/b.go": "", "sub/deep/c.go": "",
		".ignore": "ignored/\n", "ignored/d.go": "", "ignored/other/e.go": "",
		"tagged/CACHEDIR.TAG": cacheTag, "tagged/f.go": "",
	})
	sub, ignored, tagged := filepath.Join(dir, "sub"), filepath.Join(dir, "ignored"), filepath.Join(dir, "tagged")
	want := []string{"a.go", "ignored/d.go", "ignored/other/e.go", "sub/b.go", "sub/deep/c.go", "tagged/f.go"}
	// A root that others leave out is meant all the same, whoever comes first.
	for range 20 {
		if diff := cmp.Diff(want, walked(t, dir, sub, ignored, tagged, sub, dir)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestW3WalkRootsWithOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".x", "_x", "testdata", "node_modules", "target", ".git"} {
		dir := makeTree(t, map[string]string{name + "/a.go": "", "Cargo.toml": ""})
		if diff := cmp.Diff([]string{"a.go"}, walked(t, filepath.Join(dir, name))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWalkDepth(t *testing.T) {
	t.Parallel()
	const depth = 300
	dir := makeTree(t, map[string]string{strings.Repeat("d/", depth) + "deep.go": goFile("Deep"), "top.go": goFile("Top")})
	fits := filepath.Join(dir, strings.Repeat("d/", maxWalkDepth), "fits.go")
	write(t, fits, goFile("Fits"))
	e := newEngine(t, Config{})
	report, bound := scanned(t, e, dir)
	wantCounts(t, report, counts{Files: 3, Parsed: 2, Failed: 1})
	if _, ok := bound.files[fits]; !ok {
		t.Errorf("%s is not bound", fits)
	}
	if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Error, "deep") {
		t.Errorf("failures: %v", report.Failures)
	}
	w, err := New(e, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if !w.includes(fits) || w.includes(filepath.Join(dir, strings.Repeat("d/", depth), "deep.go")) {
		t.Error("includes does not agree with the walk about the depth")
	}
}

func TestWalkLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside := makeTree(t, map[string]string{"secret.go": goFile("Secret")})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "sub/b.go": goFile("B")})
	symlink(t, outside, filepath.Join(dir, "out"))
	symlink(t, filepath.Join(outside, "secret.go"), filepath.Join(dir, "secret.go"))
	symlink(t, dir, filepath.Join(dir, "sub", "loop"))
	symlink(t, "self.go", filepath.Join(dir, "self.go"))
	report, bound := scanned(t, newEngine(t, Config{}), dir)
	wantCounts(t, report, counts{Files: 4, Parsed: 2, Skipped: 2})
	if diff := cmp.Diff(map[string]int{skipNotRegular: 2}, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.go", "sub/b.go"}, bound.below(dir)); diff != "" {
		t.Error(diff)
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
	walk(ctx, []string{dir}, []string{dir}, newEngine(t, Config{}).ignored, 2, func(candidate, *os.File) {
		cancel()
		mu.Lock()
		defer mu.Unlock()
		n++
	}, func(path string, err error) { t.Errorf("%s: %v", path, err) }, func() {})
	if n == 0 || n == len(files) {
		t.Errorf("%d of %d files were found after the end of the context", n, len(files))
	}
}
