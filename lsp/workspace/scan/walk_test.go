package scan

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

func TestWalkDepth(t *testing.T) {
	t.Parallel()
	const depth = 300
	dir := testtree.Make(t, map[string]string{strings.Repeat("d/", depth) + "deep.go": testtree.GoFile("Deep"), "top.go": testtree.GoFile("Top")})
	fits := filepath.Join(dir, strings.Repeat("d/", 256), "fits.go")
	testtree.Write(t, fits, testtree.GoFile("Fits"))
	report, bound := scanned(t, newEngine(t, contents.Config{}), dir)
	wantCounts(t, report, counts{Files: 3, Parsed: 2, Failed: 1})
	if _, ok := sources(bound)[fits]; !ok {
		t.Errorf("%s is not bound", fits)
	}
	if len(report.Failures) != 1 || !strings.Contains(report.Failures[0].Error, "deep") {
		t.Errorf("failures: %v", report.Failures)
	}
	if rules := rulesOf(t, dir); !rules.Includes(fits) || rules.Includes(filepath.Join(dir, strings.Repeat("d/", depth), "deep.go")) {
		t.Error("Includes does not agree with the walk about the depth")
	}
}

func TestWalkLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside := testtree.Make(t, map[string]string{"secret.go": testtree.GoFile("Secret")})
	dir := testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A"), "sub/b.go": testtree.GoFile("B")})
	testtree.Symlink(t, outside, filepath.Join(dir, "out"))
	testtree.Symlink(t, filepath.Join(outside, "secret.go"), filepath.Join(dir, "secret.go"))
	testtree.Symlink(t, dir, filepath.Join(dir, "sub", "loop"))
	testtree.Symlink(t, "self.go", filepath.Join(dir, "self.go"))
	report, bound := scanned(t, newEngine(t, contents.Config{}), dir)
	wantCounts(t, report, counts{Files: 4, Parsed: 2, Skipped: 2})
	if diff := cmp.Diff(map[string]int{contents.SkipNotRegular: 2}, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.go", "sub/b.go"}, below(bound, dir)); diff != "" {
		t.Error(diff)
	}
}
