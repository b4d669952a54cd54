package workspace

import (
	"testing"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// On an idle machine a quiet scan finds what any other scan finds.
func TestQuietScanFindsAll(t *testing.T) {
	t.Parallel()
	files := manyFiles(300)
	w, err := New(contents.NewEngine(contents.Config{Quiet: true}), Config{}, []string{makeTree(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	report, err := w.Scan(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, report, counts{Files: len(files), Parsed: len(files)})
}
