package bindings

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/index"
)

// ImportanceOf returns Secondary for a source that was copied or generated, by its path relative
// to the root. Searches rank its symbols after those that people write here.
func ImportanceOf(path string) index.Importance {
	dir, name := filepath.Split(path)
	for component := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		if slices.Contains([]string{"vendor", "third_party", "third-party", "site-packages", "Godeps", "testdata"}, component) {
			return index.Secondary
		}
	}
	for _, mark := range []string{".pb.", "_pb2.", "_generated.", ".generated.", "zz_generated", ".min.", "_gen.go"} {
		if strings.Contains(name, mark) {
			return index.Secondary
		}
	}
	return index.Source
}
