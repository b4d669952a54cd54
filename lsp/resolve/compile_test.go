package resolve

import (
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// The queries of every language compile, and find names.
func TestQueriesCompile(t *testing.T) {
	t.Parallel()
	extractor := symbols.NewExtractor(1)
	engine := NewEngine()
	for _, lang := range symbols.Languages() {
		text := []byte("a\n")
		tree, err := extractor.Tree(t.Context(), lang, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Names(t.Context(), Document{&lang.Names, text, tree}); err != nil {
			t.Error(err)
		}
	}
}
