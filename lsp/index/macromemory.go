package index

import "sync/atomic"

// macroTable holds the macros of tables, grouped by file and chained by name as their
// symbols are.
type macroTable struct {
	names *interner
	heads []uint32 // by name: its first row
	tails []uint32 // by name: its last row; for the writer only
	rows  []macroRow
}

// macroRow is a macro, 24 bytes.
type macroRow struct {
	name uint32
	file uint32
	next uint32 // next row of the same name, atomic; 0: the last
	macroPlace
}

// macroView is a macroTable as of one version.
type macroView struct {
	names texts
	heads []uint32
	rows  []macroRow
}

func (t *macroTable) snapshot() macroView { return macroView{t.names.texts, t.heads, t.rows} }

// add appends a macro of a file.
func (t *macroTable) add(name string, file uint32, at macroPlace) {
	row := uint32(len(t.rows))
	id, fresh := t.names.intern(name)
	if fresh {
		t.heads = append(t.heads, row)
		t.tails = append(t.tails, row)
	} else {
		atomic.StoreUint32(&t.rows[t.tails[id]].next, row)
		t.tails[id] = row
	}
	t.rows = append(t.rows, macroRow{name: id, file: file, macroPlace: at})
}

// next returns the row after this one among those of the same name.
func (v *macroView) next(at uint32) (next uint32, ok bool) {
	next = atomic.LoadUint32(&v.rows[at].next)
	return next, next != 0 && int(next) < len(v.rows)
}

// addMacro appends a macro to the file opened last.
func (t *tables) addMacro(name string, at macroPlace) {
	if name == "" {
		return
	}
	last := len(t.files) - 1
	t.macros.add(name, uint32(last), at)
	t.files[last].macros++
}

// scanMacros offers the macros of some names that match.
func (v *View) scanMacros(w *worker, c chunk) {
	for id := c.from; id < c.to && w.top.floor() <= w.bestMacro(); id++ {
		name := v.macros.names.at(uint32(id))
		points, ok := w.macroPoints(name)
		if !ok {
			continue
		}
		for at, more := v.macros.heads[id], true; more; at, more = v.macros.next(at) {
			r := &v.macros.rows[at]
			f := v.files[r.file]
			h := hit{importance: macroImportance(f.importance), name: name, row: at, layer: c.layer}
			path := func() string { return f.path }
			w.offerMacro(&h, r.macroPlace, points, path, func(string) bool { return v.live(f) && w.shows(c.layer, r.file, path) })
		}
	}
}
