package resolve

import (
	"go/build"
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// BenchmarkNames finds the names of a file of Go's standard library, 100 KB.
func BenchmarkNames(b *testing.B) {
	pkg, err := build.Import("net/http", ".", 0)
	if err != nil {
		b.Fatal(err)
	}
	text := read(b, filepath.Join(pkg.Dir, "transport.go"))
	extractor, engine := symbols.NewExtractor(1), NewEngine()
	lang := languageOf(b, "x.go")
	tree, err := extractor.Tree(b.Context(), lang, text)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := engine.Names(b.Context(), Document{&lang.Names, text, tree}); err != nil {
			b.Fatal(err)
		}
	}
}
