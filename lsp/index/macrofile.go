package index

import (
	"cmp"
	"sort"
)

// The macros of a file stand by name, in the order and in the blocks of names.go, in the
// section macros:
//
//	places  how many files and lines define it
//	shared  bytes that the name has in common with the one before; not for a block's first
//	rest    length in bytes of what follows
//	        the rest of the name
//	per place, in the order of files and lines:
//	  file     number, less that of the place before
//	  line     << 2 | 1 if the file is secondary << 1 | 1 if it is not in macroColumn
//	  columns  only then: in bytes, in UTF-16
//
// All numbers are varints. The section mac.blks says where each block starts. A file without
// these two has no macros.
const (
	// macroColumn is where a name stands behind "#define ".
	macroColumn = 8

	macroMoved     = 1 << 0
	macroSecondary = 1 << 1
	macroLineShift = 2
)

// placedMacro is a place in an index file.
type placedMacro struct {
	file      uint32
	secondary bool
	macroPlace
}

func comparePlaces(a, b placedMacro) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
}

// macroReader decodes the macros of a block, or of several that follow each other. It aborts
// on what macroWriter did not write.
type macroReader struct {
	nameReader
	unread uint32 // places of the current name
	at     placedMacro
}

// next goes to the next name; ok is false after the last.
func (r *macroReader) next() (ok bool) {
	for r.place() {
	}
	if !r.nameReader.next() {
		return false
	}
	r.unread, r.at = r.rows, placedMacro{}
	return true
}

// place goes to the next place of the name; ok is false after the last.
func (r *macroReader) place() (ok bool) {
	if r.unread == 0 {
		return false
	}
	r.unread--
	r.at.file += r.number()
	head := r.number()
	r.at.secondary = head&macroSecondary != 0
	r.at.macroPlace = macroPlace{head >> macroLineShift, macroColumn, macroColumn}
	if head&macroMoved != 0 {
		r.at.byte, r.at.utf16 = r.number(), r.number()
	}
	return true
}

// macroColumns are the sections of macros.
type macroColumns struct {
	there  bool // the file has them
	starts column[uint32]
	bytes  column[byte]
}

// open finds the sections. A file without them is read as one without macros.
func (m *macroColumns) open(b *blocks, h *fileHeader) (err error) {
	starts, ok := h.find(tagMacroBlocks)
	macros, both := h.find(tagMacros)
	if !ok || !both {
		return nil
	}
	m.there = true
	if m.starts, err = newColumn[uint32](b, starts); err == nil {
		m.bytes, err = newColumn[byte](b, macros)
	}
	return err
}

// from reads the macros of a block.
func (m *macroColumns) from(block int) macroReader {
	end := m.bytes.len()
	if block+1 < m.starts.len() {
		end = int(*m.starts.at(block + 1))
	}
	return macroReader{nameReader: nameReader{left: m.bytes.slice(int(*m.starts.at(block)), end)}}
}

func (m *macroColumns) firstName(block int) []byte {
	r := m.from(block)
	r.next()
	return r.name
}

// all reads all of them.
func (m *macroColumns) all() macroReader {
	return macroReader{nameReader: nameReader{left: m.bytes.slice(0, m.bytes.len())}}
}

// chunks returns the blocks in which the macros of a search may be.
func (m *macroColumns) chunks(s *search) []chunk {
	n := m.starts.len()
	var from, to int
	if s.query.Exact {
		name := []byte(s.query.Text)
		to = sort.Search(n, func(i int) bool { return compareNames(m.firstName(i), name) > 0 })
		from = max(to-1, 0)
	} else {
		p := &s.needle.whole
		from = sort.Search(n, func(i int) bool { return p.comparePrefix(m.firstName(i)) >= 0 })
		from = max(from-1, 0) // the block before may end with some
		to = from + sort.Search(n-from, func(i int) bool { return p.comparePrefix(m.firstName(from+i)) > 0 })
	}
	chunks := cut(nil, from, to, chunkBlocks)
	for i := range chunks {
		chunks[i].macros = true
	}
	return chunks
}

// scanMacros offers the macros of some blocks that match.
func (f *File) scanMacros(w *worker, c chunk) {
	for i := c.from; i < c.to && w.top.floor() <= w.bestMacro(); i++ {
		for r := f.macros.from(i); r.next(); {
			points, ok := w.macroPoints(r.name)
			for ok && r.place() {
				f.offerMacro(w, c.layer, &r, points)
			}
		}
	}
}

func (f *File) offerMacro(w *worker, layer int, r *macroReader, points int32) {
	h := hit{importance: macro, name: r.name, layer: layer, row: r.at.file, file: f}
	if r.at.secondary {
		h.importance = secondaryMacro
	}
	i := int(r.at.file)
	path := func() string { return string(f.path(i)) }
	w.offerMacro(&h, r.at.macroPlace, points, path, func(path string) bool {
		return !f.masked(i) && w.shows(layer, r.at.file, func() string { return path })
	})
}
