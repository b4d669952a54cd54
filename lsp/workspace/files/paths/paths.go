// Package paths compares clean paths by their components. It asks no disk.
package paths

import (
	"iter"
	"path/filepath"
	"strings"
)

// Within reports whether path is root or below it. Both are clean.
func Within(root, path string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(root, string(filepath.Separator)))
}

// WithinAny reports whether a path is one of some directories or below one.
func WithinAny(dirs map[string]bool, path string) bool {
	for !dirs[path] {
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
	return true
}

// Deepest returns the deepest of the roots that a canonical path lies below.
func Deepest(roots iter.Seq[string], path string) (root string, ok bool) {
	for r := range roots {
		if Within(r, path) && len(r) >= len(root) {
			root, ok = r, true
		}
	}
	return root, ok
}
