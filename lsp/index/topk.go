package index

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// hit is a symbol on its way into the results. The order of hits is total and follows from the symbols alone, so that
// results do not depend on which worker found one first.
type hit struct {
	score      int32
	importance Importance
	rank       uint8
	kind       symbols.Kind
	name       []byte // nil when the query says nothing about names
	place      uint32 // within a path, and within a file, places stand in source order
	path       string // of a symbol in a file: empty until someone asks, see pathOf

	layer int
	row   uint32 // of a macro in a file: the number of that
	file  *File  // nil: the layer is in memory

	macro         bool
	column, utf16 uint32 // of a macro, whose place is the line
}

// pathOf returns the path. Before the place of a hit is known it is empty,
// which comes before all others.
func (h *hit) pathOf() string {
	if h.path == "" && h.file != nil && h.place != unplaced && !h.macro {
		// By itself: the caller may be reading another file.
		err := h.file.guarded(func() error {
			h.path = string(h.file.path(h.file.fileOf(h.place)))
			return nil
		})
		if err != nil {
			abort(err)
		}
	}
	return h.path
}

// unplaced is the place of a hit in a file before it is looked up.
const unplaced = 0

// compare is negative if a comes before b: the better match; then source before
// secondary; then the shorter name, as there the query says more of it; then
// names together, in their order; types first; at last the place.
func compare(a, b *hit) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	if a.importance != b.importance {
		return cmp.Compare(a.importance, b.importance)
	}
	if len(a.name) != len(b.name) {
		return cmp.Compare(len(a.name), len(b.name))
	}
	if c := bytes.Compare(a.name, b.name); c != 0 {
		return c
	}
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	if a.file == nil || a.file != b.file || a.macro { // in a file of an index, files are in the order of paths
		if c := strings.Compare(a.pathOf(), b.pathOf()); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.place, b.place)
}

// rankOf orders symbols of one name: types before functions before values
// before members, then the more visible first.
func rankOf(k symbols.Kind, v symbols.Visibility) uint8 {
	var group uint8
	switch k {
	case symbols.Class, symbols.Interface, symbols.Struct, symbols.Enum,
		symbols.Namespace, symbols.Module, symbols.Package:
		group = 0
	case symbols.Function, symbols.Method, symbols.Constructor, symbols.Operator:
		group = 1
	case symbols.Constant, symbols.Variable:
		group = 2
	default:
		group = 3
	}
	switch v {
	case symbols.Protected:
		return group<<2 | 1
	case symbols.Private:
		return group<<2 | 2
	default: // what is visible, and what no one can tell
		return group << 2
	}
}

// top keeps the best of the hits that are offered, at most limit: a heap with the worst on top.
type top struct {
	limit int
	heap  []hit
	// floors is the best floor of all tops of a search: a match that one worker cannot use, no other needs.
	floors *atomic.Int32
}

// worst returns the hit that a better one would push out, or nil while
// there is room.
func (t *top) worst() *hit {
	if len(t.heap) < t.limit {
		return nil
	}
	return &t.heap[0]
}

// floor returns the least score that can still get in.
func (t *top) floor() int32 { return t.floors.Load() }

// raise raises the floor to that of this top.
func (t *top) raise() {
	worst := t.worst()
	if worst == nil {
		return
	}
	for {
		floor := t.floors.Load()
		if floor >= worst.score || t.floors.CompareAndSwap(floor, worst.score) {
			return
		}
	}
}

// admits reports whether h belongs among the best so far.
func (t *top) admits(h *hit) bool {
	if h.score < t.floor() {
		return false
	}
	worst := t.worst()
	return worst == nil || compare(h, worst) < 0
}

// add puts in a hit that was admitted.
func (t *top) add(h hit) {
	defer t.raise()
	if len(t.heap) == t.limit {
		t.heap[0] = h
		t.down()
		return
	}
	t.heap = append(t.heap, h)
	for i := len(t.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if compare(&t.heap[i], &t.heap[parent]) <= 0 {
			break
		}
		t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
		i = parent
	}
}

// down moves the topmost to where it belongs.
func (t *top) down() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(t.heap) {
			return
		}
		if right := child + 1; right < len(t.heap) && compare(&t.heap[right], &t.heap[child]) > 0 {
			child = right
		}
		if compare(&t.heap[i], &t.heap[child]) >= 0 {
			return
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
}

// best sorts the hits of several tops, best first, and keeps limit.
func best(limit int, tops []top) []hit {
	var all []hit
	for i := range tops {
		all = append(all, tops[i].heap...)
	}
	slices.SortFunc(all, func(a, b hit) int { return compare(&a, &b) })
	return all[:min(limit, len(all))]
}
