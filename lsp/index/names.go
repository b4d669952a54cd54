package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// The names of a file stand in the order of compareNames, which ignores case
// first, in blocks of blockNames. Neighbours share much, so a name is written as
// what differs from the one before it:
//
//	rows    how many symbols have the name
//	shared  bytes that it has in common with the name before; not for a block's first
//	rest    length in bytes of what follows
//	        the rest of the name
//
// All numbers are varints. For the same reason the traits of a whole block still
// say much, and one test of them turns away all its names. Of those in the blocks
// left, two columns turn away most: of their characters, and of their hints.
const blockNames = 16

// nameBlock describes a block, 32 bytes.
type nameBlock struct {
	traits   traits // what any of its names has
	start    uint32 // where it starts in the names
	firstRow uint32 // of its first name; the others' follow
}

// compareNames orders names by their folded characters, then by their bytes.
func compareNames(a, b []byte) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			if c := compareFolded(a[i:], b[i:]); c != 0 {
				return c
			}
			return bytes.Compare(a, b)
		}
		if x, y = lower[x], lower[y]; x != y {
			return cmp.Compare(x, y)
		}
	}
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return bytes.Compare(a, b)
}

// compareFolded compares by folded characters alone.
func compareFolded(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRune(a)
		y, m := utf8.DecodeRune(b)
		if c := cmp.Compare(fold(x), fold(y)); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// sortedNames returns the numbers of texts in the order of compareNames.
func sortedNames(names texts) []uint32 {
	// Most names differ in their first eight bytes, and one integer compares these.
	type keyed struct {
		head uint64
		id   uint32
	}
	order := make([]keyed, names.len())
	for i := range order {
		order[i] = keyed{headOf(names.at(uint32(i))), uint32(i)}
	}
	slices.SortFunc(order, func(a, b keyed) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return compareNames(names.at(a.id), names.at(b.id))
	})
	ids := make([]uint32, len(order))
	for i := range order {
		ids[i] = order[i].id
	}
	return ids
}

// headOf returns a number that orders names as compareNames does, or is equal:
// the first eight folded characters of ASCII, then, from the first other one on,
// all bits set, as they come after ASCII.
func headOf(name []byte) (head uint64) {
	for i := range 8 {
		r, size := utf8.DecodeRune(name)
		if r = fold(r); size > 0 && r >= utf8.RuneSelf {
			return head<<(8*(8-i)) | (1<<(8*(8-i)) - 1)
		}
		head <<= 8
		if size > 0 {
			head |= uint64(r)
		}
		name = name[size:]
	}
	return head
}

// nameWriter encodes names that come in order.
type nameWriter struct {
	blocks []nameBlock
	chars  []uint64 // by name: as in its traits
	hints  []hints  // by name
	bytes  []byte
	inLast int    // names in the last block
	last   []byte // name
	rows   uint32
}

func (w *nameWriter) add(name []byte, t *traits, rows int) {
	first := w.inLast == 0
	if first {
		w.blocks = append(w.blocks, nameBlock{start: uint32(len(w.bytes)), firstRow: w.rows})
	}
	b := &w.blocks[len(w.blocks)-1].traits
	b.chars |= t.chars
	b.starts |= t.starts
	b.pairs |= t.pairs
	w.chars = append(w.chars, t.chars)
	w.hints = append(w.hints, t.hints())

	w.bytes = binary.AppendUvarint(w.bytes, uint64(rows))
	shared := 0
	if !first {
		for shared < len(name) && shared < len(w.last) && name[shared] == w.last[shared] {
			shared++
		}
		w.bytes = binary.AppendUvarint(w.bytes, uint64(shared))
	}
	w.bytes = binary.AppendUvarint(w.bytes, uint64(len(name)-shared))
	w.bytes = append(w.bytes, name[shared:]...)
	w.last = append(w.last[:0], name...)
	w.rows += uint32(rows)
	w.inLast = (w.inLast + 1) % blockNames
}

// nameReader decodes the names of a block, or of several that follow each other.
// It aborts on what nameWriter did not write.
type nameReader struct {
	left    []byte // not yet read
	inBlock int
	name    []byte // the current one; changed by next
	row     uint32 // its first row
	rows    uint32 // how many it has
}

// next goes to the next name; ok is false after the last.
func (r *nameReader) next() (ok bool) {
	if len(r.left) == 0 {
		return false
	}
	r.row += r.rows
	var shared, rest uint32
	if l := r.left; r.inBlock > 0 && len(l) > 3 && (l[0]|l[1]|l[2]) < 0x80 { // as most are
		r.rows, shared, rest = uint32(l[0]), uint32(l[1]), uint32(l[2])
		r.left = l[3:]
	} else {
		r.rows = r.number()
		if r.inBlock > 0 {
			shared = r.number()
		}
		rest = r.number()
	}
	if uint64(shared) > uint64(len(r.name)) || uint64(rest) > uint64(len(r.left)) {
		abort(misplaced("a name that shares %d bytes of %d and has %d more of %d", shared, len(r.name), rest, len(r.left)))
	}
	r.name = append(r.name[:shared], r.left[:rest]...)
	r.left = r.left[rest:]
	if r.inBlock++; r.inBlock == blockNames {
		r.inBlock = 0
	}
	return true
}

func (r *nameReader) number() uint32 {
	n, size := binary.Uvarint(r.left)
	if size <= 0 {
		abort(misplaced("names that end within a number"))
	}
	r.left = r.left[size:]
	return uint32(n)
}
