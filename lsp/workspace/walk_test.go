package workspace

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

func TestWalkDepth(t *testing.T) {
	t.Parallel()
	const depth = 300
	dir := makeTree(t, map[string]string{strings.Repeat("d/", depth) + "deep.go": goFile("Deep"), "top.go": goFile("Top")})
	fits := filepath.Join(dir, strings.Repeat("d/", 256), "fits.go")
	write(t, fits, goFile("Fits"))
	e := newEngine(t, contents.Config{})
	report, bound := scanned(t, e, dir)
	wantCounts(t, report, counts{Files: 3, Parsed: 2, Failed: 1})
	if _, ok := bound.files[fits]; !ok {
		t.Errorf("%s is not bound", fits)
	}
	if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Error, "deep") {
		t.Errorf("failures: %v", report.Failures)
	}
	w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if !w.rules.Includes(fits) || w.rules.Includes(filepath.Join(dir, strings.Repeat("d/", depth), "deep.go")) {
		t.Error("Includes does not agree with the walk about the depth")
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
	report, bound := scanned(t, newEngine(t, contents.Config{}), dir)
	wantCounts(t, report, counts{Files: 4, Parsed: 2, Skipped: 2})
	if diff := cmp.Diff(map[string]int{contents.SkipNotRegular: 2}, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.go", "sub/b.go"}, bound.below(dir)); diff != "" {
		t.Error(diff)
	}
}
