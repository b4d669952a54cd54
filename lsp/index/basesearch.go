package index

import (
	"bytes"
	"slices"
	"sort"
	"unicode/utf8"
)

// A search of a base goes by blocks of names, beginning with those that can start
// with the query: they hold the best matches, and once there are enough of these,
// the traits of a block turn most other blocks away. The empty query goes by rows.
const (
	chunkBlocks = 256
	chunkRows   = 64 << 10
)

func (b *Base) now() layer { return b }

func (b *Base) empty() bool { return len(b.files.items) == 0 }

func (b *Base) has(path string) bool {
	_, ok := b.find(path)
	return ok
}

func (b *Base) chunks(s *search) []chunk {
	if s.matcher.empty() {
		return cut(nil, 0, b.rowTraits.len(), chunkRows)
	}
	p := &s.matcher.whole
	if s.matcher.qualified {
		p = &s.matcher.last
	}
	n := b.nameBlocks.len()
	// The block before the first that begins with it, or behind it, may have some too.
	from := sort.Search(n, func(i int) bool { return p.comparePrefix(b.firstName(i)) >= 0 })
	from = max(from-1, 0)
	to := from + sort.Search(n-from, func(i int) bool { return p.comparePrefix(b.firstName(from+i)) > 0 })
	chunks := cut(nil, from, to, chunkBlocks)
	chunks = cut(chunks, 0, from, chunkBlocks)
	return cut(chunks, to, n, chunkBlocks)
}

// comparePrefix tells where a name stands relative to those that begin with the
// pattern: negative before, 0 among them, positive after.
func (p *pattern) comparePrefix(name []byte) int {
	for _, want := range p.folded {
		r, size := utf8.DecodeRune(name)
		if size == 0 || fold(r) < want {
			return -1
		}
		if fold(r) > want {
			return 1
		}
		name = name[size:]
	}
	return 0
}

// firstName returns the first name of a block.
func (b *Base) firstName(i int) []byte {
	r := b.namesFrom(i)
	r.next()
	return r.name
}

// namesFrom reads the names of a block.
func (b *Base) namesFrom(i int) nameReader {
	block := b.nameBlocks.at(i)
	end := b.names.len()
	if i+1 < b.nameBlocks.len() {
		end = int(b.nameBlocks.at(i + 1).start)
	}
	return nameReader{left: b.names.slice(int(block.start), end), row: block.firstRow}
}

// nameOf returns the name of a row.
func (b *Base) nameOf(row uint32) []byte {
	i := sort.Search(b.nameBlocks.len(), func(i int) bool { return b.nameBlocks.at(i).firstRow > row }) - 1
	r := b.namesFrom(i)
	for r.next() && row >= r.row+r.rows {
	}
	return r.name
}

func (b *Base) scan(w *worker, c chunk) {
	if w.matcher.empty() {
		for row := c.from; row < c.to; row++ {
			b.offer(w, c.layer, uint32(row), nil, 0)
		}
		return
	}
	for i := c.from; i < c.to; i++ {
		t := &b.nameBlocks.at(i).traits
		if !w.matcher.admits(t, w.top.floor()) {
			continue
		}
		for r := b.namesFrom(i); r.next(); {
			if w.matcher.qualified {
				b.scanQualified(w, c.layer, &r, t.ascii())
			} else {
				b.scanName(w, c.layer, &r, t.ascii())
			}
		}
	}
}

// scanName offers the symbols of a name if it matches.
func (b *Base) scanName(w *worker, layer int, r *nameReader, ascii bool) {
	points, ok := w.scorer.score(&w.matcher.whole, r.name, ascii, w.top.floor())
	if !ok || !w.top.admits(&candidate{score: points, name: r.name}) {
		return
	}
	for row := r.row; row < r.row+r.rows; row++ {
		b.offer(w, layer, row, r.name, points)
	}
}

// scanQualified offers those symbols of a name whose containers match too.
func (b *Base) scanQualified(w *worker, layer int, r *nameReader, ascii bool) {
	m, floor := &w.matcher, w.top.floor()
	whole, isWhole := w.scorer.score(&m.whole, r.name, ascii, floor)
	inner, isInner := w.scorer.score(&m.last, r.name, ascii, atLeast(floor, m.qualifier.best))
	if !isWhole && (!isInner || inner+m.qualifier.best < floor) {
		return
	}
	for row := r.row; row < r.row+r.rows; row++ {
		points, ok := whole, isWhole
		if isInner {
			if outer, in := b.container(w, layer, row, r); in && (!ok || outer+inner > points) {
				points, ok = outer+inner, true
			}
		}
		if ok {
			b.offer(w, layer, row, r.name, points)
		}
	}
}

// container scores the qualifier on the container of a row.
func (b *Base) container(w *worker, layer int, row uint32, r *nameReader) (int32, bool) {
	id := b.detail(*b.rowDetails.at(int(row)), len(r.name)).container
	return w.container(layer, id, b.containers.ends.len(), func() []byte { return b.containers.at(id) })
}

// maxDetail is the most bytes that a detail can have: a head, flags and 15 varints.
const maxDetail = 2 + 15*5

// detail decodes the detail at a place.
func (b *Base) detail(at uint32, nameLen int) detail {
	return readDetail(b.details.slice(int(at), min(int(at)+maxDetail, b.details.len())), nameLen)
}

// offer adds a symbol to the results if it is good enough and wanted. The name is
// copied.
func (b *Base) offer(w *worker, layer int, row uint32, name []byte, points int32) {
	t := *b.rowTraits.at(int(row))
	if !w.query.Kinds.wants(t.kind()) {
		return
	}
	c := candidate{
		score: points + tierScore(t.tier()), tier: t.tier(), rank: t.rank(), kind: t.kind(),
		name: name, place: unplaced, row: row, layer: layer, base: b,
	}
	if !w.top.admits(&c) {
		return
	}
	c.place = *b.rowDetails.at(int(row))
	if !w.top.admits(&c) || !b.shows(w, &c) {
		return
	}
	c.name = slices.Clone(name)
	w.top.add(c)
}

func (b *Base) shows(w *worker, c *candidate) bool {
	if !w.masked[c.layer] {
		return true
	}
	return w.shows(c.layer, uint32(b.fileOf(c.place)), c.pathOf)
}

// match decodes the detail of a candidate.
func (b *Base) match(c *candidate) Match {
	name := c.name
	if name == nil {
		name = b.nameOf(c.row)
	}
	d := b.detail(c.place, len(name))
	file := b.files.at(b.fileOf(c.place))
	return Match{
		Path:      string(c.pathOf()),
		Name:      string(name),
		Label:     d.label(string(name), &b.affixes),
		Container: string(bytes.Clone(b.containers.at(d.container))),
		Kind:      c.kind,
		Flags:     d.flags,
		Language:  b.languages[file.language].ID,
		Range:     d.rng,
		Selection: d.selection,
		Score:     c.score,
	}
}
