package workspace

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/index"
)

// importanceOf tells sources that people write here from those that were copied or
// generated, which searches rank after. The path is relative to its root.
func importanceOf(path string) index.Importance {
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
