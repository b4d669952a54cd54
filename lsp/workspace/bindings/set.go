package bindings

import (
	"slices"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// Set is the trees of some roots. It never changes.
type Set struct {
	roots []string
	trees []*Tree // by root
}

// NewSet returns the set of some trees.
func NewSet(trees []*Tree) *Set {
	s := &Set{trees: trees}
	for _, t := range trees {
		s.roots = append(s.roots, t.root)
	}
	return s
}

// Roots are the canonical paths of the roots.
func (s *Set) Roots() []string { return s.roots }

// Trees are the trees, in the order of the roots.
func (s *Set) Trees() []*Tree { return s.trees }

// Tree returns the tree of the deepest root that a canonical path lies below, or nil.
func (s *Set) Tree(path string) *Tree {
	root, ok := paths.Deepest(slices.Values(s.roots), path)
	if !ok {
		return nil
	}
	return s.trees[slices.Index(s.roots, root)]
}
