package symbols

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// treeFlag names a directory of real sources. Tests and benchmarks that want
// one are skipped without it:
//
//	go test -run TestTree -bench Extract -tree ~/src/kubernetes ./lsp/symbols
var treeFlag = flag.String("tree", "", "directory of real sources to test and measure with")

// treeFiles reads all files below the tree flag whose name ends in extension,
// up to 2 MiB each, at most limit bytes in all.
func treeFiles(t testing.TB, extension string, limit int) map[string][]byte {
	if *treeFlag == "" {
		t.Skip("no -tree")
	}
	files := make(map[string][]byte)
	err := filepath.WalkDir(*treeFlag, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != extension || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) > 2<<20 {
			return err
		}
		if limit -= len(content); limit < 0 {
			return filepath.SkipAll
		}
		if text, ok := Text(content); ok {
			files[path] = text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// extractAll extracts all contents, GOMAXPROCS at a time.
func extractAll(t testing.TB, extractor *Extractor, lang *language.Language, contents [][]byte) {
	next := make(chan []byte)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for content := range next {
				if _, err := extractor.Extract(t.Context(), lang, content); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, content := range contents {
		next <- content
	}
	close(next)
	workers.Wait()
}
