package index

import (
	"math"
	"math/bits"
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

func (b *Base) containerCount() int { return b.containers.ends.len() }

func (b *Base) containerAt(id uint32) []byte { return b.containers.at(id) }

func (b *Base) chunks(s *search) []chunk {
	if s.query.Exact {
		i := b.blockOf([]byte(s.query.Text))
		return cut(nil, max(i, 0), i+1, 1)
	}
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
	for _, c := range cut(cut(nil, 0, from, chunkBlocks), to, n, chunkBlocks) {
		c.inside = true
		chunks = append(chunks, c)
	}
	return chunks
}

// blockOf returns the one block that may have a name, or -1.
func (b *Base) blockOf(name []byte) int {
	after := sort.Search(b.nameBlocks.len(), func(i int) bool { return compareNames(b.firstName(i), name) > 0 })
	return after - 1
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
	switch {
	case w.query.Exact:
		b.scanExact(w, c)
		return
	case w.matcher.empty():
		b.scanRows(w, c)
		return
	}
	for i := c.from; i < c.to; i++ {
		if c.inside && w.top.floor() > w.matcher.bestInside() {
			break
		}
		b.scanBlock(w, c.layer, i)
	}
}

// scanBlock offers the symbols of those names of a block that match. It decodes
// the names only if their traits say that one may.
func (b *Base) scanBlock(w *worker, layer, i int) {
	m, floor := &w.matcher, w.top.floor()
	block := b.nameBlocks.at(i)
	if !m.admits(&block.traits, floor, m.qualifier.best) {
		return
	}
	p := &m.whole
	if m.qualified {
		p = &m.last // a name without it does not match whole either
	}
	first := i * blockNames
	chars := b.nameChars.slice(first, min(first+blockNames, b.nameChars.len()))
	may := uint32(0) // the names that may match: a bit for each
	for at, has := range chars {
		if has&p.chars == p.chars {
			may |= 1 << at
		}
	}
	if may == 0 {
		return
	}
	if m.qualified || floor > math.MinInt32 {
		outer := int32(impossible)
		if m.qualified {
			outer = w.bestContainer(layer, b.containersOf(i)...)
		}
		hints := b.nameHints.slice(first, first+len(chars))
		for left := may; left != 0; left &= left - 1 {
			at := bits.TrailingZeros32(left)
			t := hints[at].with(chars[at])
			if !m.admits(&t, floor, outer) {
				may &^= 1 << at
			}
		}
		if may == 0 {
			return
		}
	}

	r := b.namesFrom(i)
	r.name = w.name[:0]
	for ; may != 0; may >>= 1 {
		t := traits{chars: chars[r.inBlock]}
		if r.next(); may&1 == 0 {
			continue
		}
		if m.qualified {
			b.scanQualified(w, layer, &r, &t)
		} else {
			b.scanName(w, layer, &r, t.ascii())
		}
	}
	w.name = r.name
}

// containersOf returns the containers of a block's symbols.
func (b *Base) containersOf(block int) []uint32 {
	end := b.rowContainers.len()
	if block+1 < b.nameBlocks.len() {
		end = int(b.nameBlocks.at(block + 1).firstRow)
	}
	return b.rowContainers.slice(int(b.nameBlocks.at(block).firstRow), end)
}

// scanExact offers the symbols of the one name, if its block has it.
func (b *Base) scanExact(w *worker, c chunk) {
	for r := b.namesFrom(c.from); r.next(); {
		if string(r.name) == w.query.Text {
			b.offerAll(w, c.layer, &r, 0)
			return
		}
	}
}

// offerAll offers the symbols of a name.
func (b *Base) offerAll(w *worker, layer int, r *nameReader, points int32) {
	for row := r.row; row < r.row+r.rows; row++ {
		b.offer(w, layer, row, r.name, points)
	}
}

// scanRows offers all symbols. What is no better than the worst of the results
// is turned away by one comparison.
func (b *Base) scanRows(w *worker, c chunk) {
	for i, t := range b.rowTraits.slice(c.from, c.to) {
		if worst := w.top.worst(); worst != nil &&
			(t.tier() > worst.tier || t.tier() == worst.tier && t.rank() > worst.rank) {
			continue
		}
		b.offer(w, c.layer, uint32(c.from+i), nil, 0)
	}
}

// scanName offers the symbols of a name if it matches.
func (b *Base) scanName(w *worker, layer int, r *nameReader, ascii bool) {
	points, ok := w.scorer.score(&w.matcher.whole, r.name, ascii, w.top.floor())
	if !ok || !w.top.admits(&candidate{score: points, name: r.name}) {
		return
	}
	b.offerAll(w, layer, r, points)
}

// scanQualified offers those symbols of a name whose containers match too.
func (b *Base) scanQualified(w *worker, layer int, r *nameReader, t *traits) {
	m, floor := &w.matcher, w.top.floor()
	ids := b.rowContainers.slice(int(r.row), int(r.row+r.rows))
	best := w.bestContainer(layer, ids...)
	inner, isInner := int32(0), false
	whole, isWhole := int32(0), false
	if best != impossible {
		inner, isInner = w.scorer.score(&m.last, r.name, t.ascii(), atLeast(floor, best))
	}
	if t.chars&m.whole.chars == m.whole.chars {
		whole, isWhole = w.scorer.score(&m.whole, r.name, t.ascii(), floor)
	}
	if !isWhole && (!isInner || inner+best < floor) {
		return
	}
	for i, id := range ids {
		points, ok := whole, isWhole
		if isInner {
			if outer := w.bestContainer(layer, id); outer != impossible && (!ok || outer+inner > points) {
				points, ok = outer+inner, true
			}
		}
		if ok {
			b.offer(w, layer, r.row+uint32(i), r.name, points)
		}
	}
}

// maxDetail is the most bytes that a detail can have: a head, flags and 14 varints.
const maxDetail = 2 + 14*5

// detail decodes the detail at a place.
func (b *Base) detail(at uint32, nameLen int) detail {
	return readDetail(b.details.slice(int(at), min(int(at)+maxDetail, b.details.len())), nameLen)
}

// offer adds a symbol to the results if it is good enough and wanted. The name is
// copied.
func (b *Base) offer(w *worker, layer int, row uint32, name []byte, points int32) {
	if points < w.top.floor() {
		return
	}
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
	i := b.fileOf(c.place)
	file := b.files.at(i)
	return Match{
		Path:      c.pathOf(),
		Name:      string(name),
		Label:     d.label(string(name), &b.affixes),
		Container: string(b.containers.at(*b.rowContainers.at(int(c.row)))),
		Kind:      c.kind,
		Flags:     d.flags,
		Language:  b.languages[file.language].ID,
		Range:     d.rng,
		Selection: d.selection,
		Score:     c.score,
		Hash:      *b.hashes.at(i),
	}
}
