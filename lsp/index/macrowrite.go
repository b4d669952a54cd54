package index

import (
	"encoding/binary"
	"math"
	"slices"
)

// macroWriter encodes macros that come in the order of names.
type macroWriter struct {
	starts []uint32 // of blocks
	bytes  []byte
	inLast int // names in the last block
	last   []byte
}

func (w *macroWriter) add(name []byte, places []placedMacro) {
	first := w.inLast == 0
	if first {
		w.starts = append(w.starts, uint32(len(w.bytes)))
	}
	put := func(n uint32) { w.bytes = binary.AppendUvarint(w.bytes, uint64(n)) }
	put(uint32(len(places)))
	shared := 0
	if !first {
		for shared < len(name) && shared < len(w.last) && name[shared] == w.last[shared] {
			shared++
		}
		put(uint32(shared))
	}
	put(uint32(len(name) - shared))
	w.bytes = append(w.bytes, name[shared:]...)
	file := uint32(0)
	for i := range places {
		p := &places[i]
		put(p.file - file)
		file = p.file
		head := uint64(p.line) << macroLineShift
		if p.secondary {
			head |= macroSecondary
		}
		moved := p.byte != macroColumn || p.utf16 != macroColumn
		if moved {
			head |= macroMoved
		}
		w.bytes = binary.AppendUvarint(w.bytes, head)
		if moved {
			put(p.byte)
			put(p.utf16)
		}
	}
	w.last = append(w.last[:0], name...)
	w.inLast = (w.inLast + 1) % blockNames
}

// mergeMacros merges the macros of the old index and of the view, both in order, with those
// of their files that are in the new index.
func (m *merger) mergeMacros() (macros macroWriter) {
	const gone = math.MaxUint32
	var old macroReader
	var newNumber []uint32 // by file of the old index
	if m.Old != nil {
		old = m.Old.macros.all()
		newNumber = slices.Repeat([]uint32{gone}, m.Old.files.len())
	}
	var fresh, viewNumber []uint32 // names, and the new number of a file by macro of the view
	if m.View != nil {
		fresh = sortedNames(m.View.macros.names)
		viewNumber = slices.Repeat([]uint32{gone}, len(m.View.macros.rows))
	}
	for i := range m.files {
		switch f := &m.files[i]; {
		case f.fromOld >= 0:
			newNumber[f.fromOld] = uint32(i)
		case f.fromView != nil:
			for at := range f.fromView.macros {
				viewNumber[f.fromView.firstMacro+at] = uint32(i)
			}
		}
	}
	var places []placedMacro
	inOld := old.next()
	for inOld || len(fresh) > 0 {
		order := 0
		switch {
		case !inOld:
			order = 1
		case len(fresh) == 0:
			order = -1
		default:
			order = compareNames(old.name, m.View.macros.names.at(fresh[0]))
		}
		places = places[:0]
		name := old.name
		if order <= 0 {
			for old.place() {
				p := old.at
				if int64(p.file) >= int64(len(newNumber)) {
					abort(misplaced("macro %q in file %d of %d", old.name, p.file, len(newNumber)))
				}
				if p.file = newNumber[p.file]; p.file != gone {
					places = append(places, p)
				}
			}
		}
		if order >= 0 {
			name = m.View.macros.names.at(fresh[0])
			for at, more := m.View.macros.heads[fresh[0]], true; more; at, more = m.View.macros.next(at) {
				if file := viewNumber[at]; file != gone {
					r := &m.View.macros.rows[at]
					places = append(places, placedMacro{file, m.View.files[r.file].importance == Secondary, r.macroPlace})
				}
			}
			slices.SortFunc(places, comparePlaces)
		}
		if len(places) > 0 {
			macros.add(name, places)
			for _, p := range places {
				m.files[p.file].macros++
			}
		}
		if order >= 0 {
			fresh = fresh[1:]
		}
		if order <= 0 {
			inOld = old.next()
		}
	}
	return macros
}
