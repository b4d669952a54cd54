package workspace

import (
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// A root that is no directory is named in the report, and keeps nothing from the others.
func TestScanOfNoDirectory(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	for _, root := range []string{filepath.Join(dir, "missing"), filepath.Join(dir, "a.go")} {
		w, _ := New(newEngine(t, contents.Config{}), Config{AnswerBudget: patience}, []string{root, dir})
		t.Cleanup(w.Close)
		report, err := w.Scan(t.Context(), nil)
		if err != nil {
			t.Errorf("scan of %s beside a directory: %v", root, err)
		}
		wantCounts(t, report, counts{Files: 2, Parsed: 1, Failed: 1})
		if len(report.Failures) != 1 || report.Failures[0].Path != root {
			t.Errorf("failures %v, want one that names %s", report.Failures, root)
		}
		alone, _ := New(newEngine(t, contents.Config{}), Config{AnswerBudget: patience}, []string{root})
		t.Cleanup(alone.Close)
		if _, err := alone.Scan(t.Context(), nil); err == nil {
			t.Errorf("scan of %s alone: no error", root)
		}
	}
}
