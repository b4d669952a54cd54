package symbols

import (
	"errors"
	"testing"
)

// BenchmarkExtract measures a tree: go test -bench Extract -benchtime 1x -cpu 1,2 -tree DIR.
func BenchmarkExtract(b *testing.B) {
	extractor := testExtractor(b)
	for _, lang := range Languages() {
		b.Run(lang.ID, func(b *testing.B) {
			var contents [][]byte
			size := 0
			for _, extension := range lang.Extensions {
				for _, content := range treeFiles(b, extension, 100<<20) {
					contents = append(contents, content)
					size += len(content)
				}
			}
			if size == 0 {
				b.Skipf("no %s files", lang.ID)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				extractAll(b, extractor, lang, contents)
			}
			encoded, symbols := 0, 0
			for _, content := range contents {
				summary, err := extractor.Extract(b.Context(), lang, content)
				if err != nil {
					b.Fatal(err)
				}
				encoded += len(Encode(summary))
				symbols += len(summary.Symbols)
			}
			b.ReportMetric(float64(symbols), "symbols")
			b.ReportMetric(100*float64(encoded)/float64(size), "encoded-%")
		})
	}
}

// BenchmarkTree parses whole texts into trees, one at a time. It says how large the trees are, and how many texts have none.
func BenchmarkTree(b *testing.B) {
	extractor := testExtractor(b)
	for _, lang := range Languages() {
		b.Run(lang.ID, func(b *testing.B) {
			var contents [][]byte
			size := 0
			for _, extension := range lang.Extensions {
				for _, content := range treeFiles(b, extension, 10<<20) {
					contents = append(contents, content)
					size += len(content)
				}
			}
			if size == 0 {
				b.Skipf("no %s files", lang.ID)
			}
			b.SetBytes(int64(size))
			trees, none := 0, 0
			for b.Loop() {
				trees, none = 0, 0
				for _, content := range contents {
					tree, err := extractor.Tree(b.Context(), lang, content)
					if errors.Is(err, ErrNoTree) {
						none++
						continue
					}
					if err != nil {
						b.Fatal(err)
					}
					trees += tree.Bytes()
				}
			}
			b.ReportMetric(float64(trees)/float64(size), "tree-bytes/byte")
			b.ReportMetric(float64(none), "without-tree")
		})
	}
}
