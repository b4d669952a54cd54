package bindings

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/index"
)

// ImportanceOf returns Secondary for a source that was copied, generated, bundled or minified,
// by its path relative to the root. Searches rank its symbols after those that people write
// here.
//
// Where a build of JavaScript, TypeScript or Python puts what it makes, Go and C have
// sources: Go's library has go/build and runtime/coverage, and its compiler cmd/dist.
func ImportanceOf(path string) index.Importance {
	dir, name := filepath.Split(path)
	isBuilt := !slices.Contains([]string{".go", ".c", ".h"}, filepath.Ext(name))
	for component := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		if slices.Contains([]string{"vendor", "third_party", "third-party", "site-packages", "Godeps", "testdata"}, component) {
			return index.Secondary
		}
		if isBuilt && slices.Contains([]string{"dist", "build", "coverage", "out"}, component) {
			return index.Secondary
		}
	}
	for _, mark := range []string{".pb.", "_pb2.", "_generated.", ".generated.", "zz_generated", ".min.", "-min.", ".bundle.", ".chunk.", "_gen.go"} {
		if strings.Contains(name, mark) {
			return index.Secondary
		}
	}
	return index.Source
}
