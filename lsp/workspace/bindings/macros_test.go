package bindings

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// Macros count for the bound of memory as symbols do. They are found in memory and in the
// index file, which counts them.
func TestMacrosAreBoundAndWritten(t *testing.T) {
	t.Parallel()
	const files, each = 20, 30
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, nil))
	f.options.MaxPending = 50
	search := func(text string) int {
		t.Helper()
		matches, err := index.Search(t.Context(), index.Query{Text: text, Limit: 1 << 20}, f.Layers()...)
		if err != nil {
			t.Fatal(err)
		}
		return len(matches)
	}
	written := 0
	f.BeginScan()
	for i := range files {
		var text strings.Builder
		for n := range each {
			fmt.Fprintf(&text, "#define REG_%d_%d %d\n", i, n, n)
		}
		name := fmt.Sprintf("%d.h", i)
		testtree.Write(t, f.path(name), text.String())
		f.bind(name)
		if f.Full() {
			f.publish()
			written++
		}
		if got := search("REG_"); got != (i+1)*each {
			t.Fatalf("after %d files %d macros are found", i+1, got)
		}
	}
	f.EndScan(true, true, []string{f.root})
	if written < 3 {
		t.Errorf("written %d times", written)
	}
	f.publish()
	if got := f.file.Macros(); got != files*each {
		t.Errorf("%d macros in the file", got)
	}
	testtree.Write(t, f.path("1.h"), "#define REG_1_NEW 1\n")
	f.bind("1.h")
	f.bind("1.h") // the same again
	if f.pending != 1 || search("REG_1_") != 1 {
		t.Errorf("changed: %d in memory, %d found", f.pending, search("REG_1_"))
	}
	f.BeginScan()
	f.bind("1.h", "2.h")
	f.EndScan(true, true, []string{f.root})
	if f.pending != 1 || search("REG_") != 1+each {
		t.Errorf("other files removed: %d in memory, %d found", f.pending, search("REG_"))
	}
	f.publish()
	if f.pending != 0 || f.file.Macros() != 1+each || search("REG_") != 1+each {
		t.Errorf("written: %d in memory, %d in the file, %d found", f.pending, f.file.Macros(), search("REG_"))
	}
}
