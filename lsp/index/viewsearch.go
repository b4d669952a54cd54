package index

import "math"

// A search of a view goes by names. Where the query says something about
// containers or nothing about names, it goes by files instead, through the symbols
// in the order they lie in memory.
const (
	chunkNames = 4096
	chunkFiles = 256
)

func (v *View) now() layer { return v }

func (v *View) empty() bool { return len(v.files) == 0 }

func (v *View) containerCount() int { return v.containers.len() }

func (v *View) containerAt(id uint32) []byte { return v.containers.at(id) }

// byFile reports whether a view is searched by files instead of by names.
func (s *search) byFile() bool { return !s.query.Exact && (s.needle.empty() || s.needle.qualified) }

func (v *View) chunks(s *search) []chunk {
	n, step := v.names.len(), chunkNames
	if s.byFile() {
		n, step = len(v.files), chunkFiles
	}
	chunks := cut(nil, 0, n, step)
	if s.wantsMacros() {
		for _, c := range cut(nil, 0, v.macros.names.len(), chunkNames) {
			c.macros = true
			chunks = append(chunks, c)
		}
	}
	return chunks
}

// cut appends the chunks of [from, to).
func cut(chunks []chunk, from, to, step int) []chunk {
	for ; from < to; from += step {
		chunks = append(chunks, chunk{from: from, to: min(from+step, to)})
	}
	return chunks
}

func (v *View) scan(w *worker, c chunk) {
	switch {
	case c.macros:
		v.scanMacros(w, c)
	case w.query.Exact:
		v.scanExact(w, c)
	case w.byFile():
		v.scanFiles(w, c)
	default:
		v.scanNames(w, c)
	}
}

// scanExact offers the symbols of the one name. The interner would find it at
// once, but belongs to the writer; to compare all names takes some nanoseconds
// each.
func (v *View) scanExact(w *worker, c chunk) {
	for id := c.from; id < c.to; id++ {
		name := v.names.at(uint32(id))
		if string(name) == w.query.Text {
			v.offerAll(w, c.layer, id, name, 0)
			return
		}
	}
}

// scanNames offers the symbols of the names that match.
func (v *View) scanNames(w *worker, c chunk) {
	p := &w.needle.whole
	for id := c.from; id < c.to; id++ {
		t, floor := &v.nameTraits[id], w.top.floor()
		if !p.admits(t, floor) {
			continue
		}
		name := v.names.at(uint32(id))
		points, ok := w.scorer.score(p, name, t.ascii(), floor)
		if !ok || !w.top.admits(&hit{score: points, name: name}) {
			continue
		}
		v.offerAll(w, c.layer, id, name, points)
	}
}

// offerAll offers the symbols of a name.
func (v *View) offerAll(w *worker, layer, id int, name []byte, points int32) {
	for at, more := v.heads[id], true; more; at, more = v.next(at) {
		v.offer(w, layer, at, name, points)
	}
}

// scanFiles offers the symbols that match, file by file. The empty query says
// nothing about names, so they play no part in the order: types of source files
// come first, by path.
func (v *View) scanFiles(w *worker, c chunk) {
	n := &w.needle
	for id := c.from; id < c.to; id++ {
		f := v.files[id]
		most := n.best() + importanceScore(f.importance)
		if !v.live(f) || !w.top.admits(&hit{score: most, importance: f.importance, path: f.path}) {
			continue
		}
		for at := f.first; at < f.first+f.count; at++ {
			if n.empty() {
				v.offer(w, c.layer, at, nil, 0)
			} else if points, ok := v.points(w, c.layer, &v.rows[at]); ok {
				v.offer(w, c.layer, at, v.names.at(v.rows[at].name), points)
			}
		}
	}
}

// points scores a symbol for a qualified query, by its name and container.
func (v *View) points(w *worker, layer int, r *row) (points int32, ok bool) {
	n, floor := &w.needle, w.top.floor()
	t := &v.nameTraits[r.name]
	if v.someWhole(w, layer) && n.whole.admits(t, floor) {
		points, ok = w.scorer.score(&n.whole, v.names.at(r.name), t.ascii(), floor)
	}
	outer := w.bestContainer(layer, r.container)
	if outer == impossible {
		return points, ok
	}
	floor = atLeast(floor, outer)
	if !n.last.admits(t, floor) {
		return points, ok
	}
	inner, in := w.scorer.score(&n.last, v.names.at(r.name), t.ascii(), floor)
	if in && (!ok || outer+inner > points) {
		return outer + inner, true
	}
	return points, ok
}

// someWhole reports whether any name of a view may match whole. Few languages have
// names with separators in them; where there are none, most rows need not have
// their names' traits fetched from memory.
func (v *View) someWhole(w *worker, layer int) bool {
	memo := &w.memos[layer]
	if memo.whole == undecided {
		memo.whole = hidden
		for i := range v.nameTraits {
			if w.needle.whole.admits(&v.nameTraits[i], math.MinInt32) {
				memo.whole = shown
				break
			}
		}
	}
	return memo.whole == shown
}

// offer adds a symbol to the results if it is good enough and wanted: in this
// order, as the first test is the cheaper one and turns most away.
func (v *View) offer(w *worker, layer int, at uint32, name []byte, points int32) {
	r := &v.rows[at]
	if !w.query.Kinds.wants(r.kind) {
		return
	}
	h := hit{
		score: points + importanceScore(r.importance), importance: r.importance, rank: r.rank, kind: r.kind,
		name: name, place: at, row: at, layer: layer,
	}
	// Once without a path, which comes before all others: most rows of a frequent
	// name fail that, and their files need not be fetched from memory.
	if !w.top.admits(&h) {
		return
	}
	f := v.files[r.file]
	h.path = f.path
	switch {
	case !w.top.admits(&h) || !v.live(f) || !w.query.includes(f.path) || !w.shows(layer, r.file, func() string { return f.path }):
	case w.counting:
		w.counts.add(h.kind)
	default:
		w.top.add(h)
	}
}

// match decodes the row of a hit.
func (v *View) match(h *hit) Match {
	if h.macro {
		f := v.files[v.macros.rows[h.row].file]
		return h.macroMatch(f.language, f.hash)
	}
	r := &v.rows[h.row]
	name := string(v.names.at(r.name))
	d := readDetail(v.details[r.detail:], len(name))
	return Match{
		Path:      h.path,
		Name:      name,
		Container: string(v.containers.at(r.container)),
		Kind:      r.kind,
		Flags:     d.flags,
		Language:  v.files[r.file].language,
		Range:     d.rng,
		Selection: d.selection,
		Hash:      v.files[r.file].hash,
	}
}
