package index

import (
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// TestCountKinds: counts are those of the symbols that a search without a limit finds, with
// each path counted in the first layer that has it.
func TestCountKinds(t *testing.T) {
	t.Parallel()
	old, now := NewMemory(), NewMemory()
	for i, path := range []string{"/a.go", "/b.go", "/c.go"} {
		doc := named("Parse", "parseOne", "Other")
		for at := range doc.Summary.Symbols {
			doc.Summary.Symbols[at].Kind = []symbols.Kind{symbols.Function, symbols.Method, symbols.Struct}[(at+i)%3]
		}
		old.Set(path, doc)
	}
	now.Set("/b.go", Document{})
	file := openFile(t, populatedFile(t, old))
	for _, text := range []string{"", "parse", "Parse", "x.parse", "nothing"} {
		for _, kinds := range []KindSet{0, 1 << symbols.Function} {
			for name, layers := range map[string][]Layer{"view": {now, old}, "file": {now, file}} {
				q := Query{Text: text, Kinds: kinds, Limit: 1000}
				matches, err := Search(t.Context(), q, layers...)
				if err != nil {
					t.Fatal(err)
				}
				var want KindCounts
				for i := range matches {
					want.add(matches[i].Kind)
				}
				q.Limit = 1
				if got, err := CountKinds(t.Context(), q, layers...); err != nil || got != want {
					t.Errorf("%s: %q of %b: %v, %v; want %v", name, text, kinds, got, err, want)
				}
			}
		}
	}
}
