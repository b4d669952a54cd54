package index

import (
	"math"
	"math/bits"
	"slices"
	"sort"
	"unicode/utf8"
)

// A search of a file goes by blocks of names, beginning with those that can start
// with the query: they hold the best matches, and once there are enough of these,
// the traits of a block turn most other blocks away. The empty query goes by rows.
const (
	chunkBlocks = 256
	chunkRows   = 64 << 10
)

func (f *File) now() layer { return f }

func (f *File) empty() bool { return len(f.files.items) == 0 }

func (f *File) has(path string) bool {
	i, ok := f.find(path)
	return ok && !f.masked(i)
}

func (f *File) containerCount() int { return f.containers.ends.len() }

func (f *File) containerAt(id uint32) []byte { return f.containers.at(id) }

func (f *File) chunks(s *search) []chunk {
	chunks := f.symbolChunks(s)
	if s.wantsMacros() {
		chunks = append(chunks, f.macros.chunks(s)...)
	}
	return chunks
}

func (f *File) symbolChunks(s *search) []chunk {
	if s.query.Exact {
		i := f.blockOf([]byte(s.query.Text))
		return cut(nil, max(i, 0), i+1, 1)
	}
	if s.needle.empty() {
		return cut(nil, 0, f.rowTraits.len(), chunkRows)
	}
	p := &s.needle.whole
	if s.needle.qualified {
		p = &s.needle.last
	}
	n := f.nameBlocks.len()
	// The block before the first that begins with it, or behind it, may have some too.
	from := sort.Search(n, func(i int) bool { return p.comparePrefix(f.firstName(i)) >= 0 })
	from = max(from-1, 0)
	to := from + sort.Search(n-from, func(i int) bool { return p.comparePrefix(f.firstName(from+i)) > 0 })
	chunks := cut(nil, from, to, chunkBlocks)
	for _, c := range cut(cut(nil, 0, from, chunkBlocks), to, n, chunkBlocks) {
		c.inside = true
		chunks = append(chunks, c)
	}
	return chunks
}

// blockOf returns the one block that may have a name, or -1.
func (f *File) blockOf(name []byte) int {
	after := sort.Search(f.nameBlocks.len(), func(i int) bool { return compareNames(f.firstName(i), name) > 0 })
	return after - 1
}

// comparePrefix returns where a name stands relative to those that begin with the pattern: negative before, 0 among
// them, positive after.
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
func (f *File) firstName(i int) []byte {
	r := f.namesFrom(i)
	r.next()
	return r.name
}

// namesFrom reads the names of a block.
func (f *File) namesFrom(i int) nameReader {
	block := f.nameBlocks.at(i)
	end := f.names.len()
	if i+1 < f.nameBlocks.len() {
		end = int(f.nameBlocks.at(i + 1).start)
	}
	return nameReader{left: f.names.slice(int(block.start), end), row: block.firstRow}
}

// nameOf returns the name of a row.
func (f *File) nameOf(row uint32) []byte {
	i := sort.Search(f.nameBlocks.len(), func(i int) bool { return f.nameBlocks.at(i).firstRow > row }) - 1
	r := f.namesFrom(i)
	for r.next() && row >= r.row+r.rows {
	}
	return r.name
}

func (f *File) scan(w *worker, c chunk) {
	switch {
	case c.macros:
		f.scanMacros(w, c)
		return
	case w.query.Exact:
		f.scanExact(w, c)
		return
	case w.needle.empty():
		f.scanRows(w, c)
		return
	}
	for i := c.from; i < c.to; i++ {
		if c.inside && w.top.floor() > w.needle.bestInside() {
			break
		}
		f.scanBlock(w, c.layer, i)
	}
}

// scanBlock offers the symbols of those names of a block that match. It decodes
// the names only if their traits say that one may.
func (f *File) scanBlock(w *worker, layer, i int) {
	n, floor := &w.needle, w.top.floor()
	block := f.nameBlocks.at(i)
	if !n.admits(&block.traits, floor, n.qualifier.best) {
		return
	}
	p := &n.whole
	if n.qualified {
		p = &n.last // a name without it does not match whole either
	}
	first := i * blockNames
	chars := f.nameChars.slice(first, min(first+blockNames, f.nameChars.len()))
	may := uint32(0) // the names that may match: a bit for each
	for at, has := range chars {
		if has&p.chars == p.chars {
			may |= 1 << at
		}
	}
	if may == 0 {
		return
	}
	if n.qualified || floor > math.MinInt32 {
		outer := int32(impossible)
		if n.qualified {
			outer = w.bestContainer(layer, f.containersOf(i)...)
		}
		hints := f.nameHints.slice(first, first+len(chars))
		for left := may; left != 0; left &= left - 1 {
			at := bits.TrailingZeros32(left)
			t := hints[at].with(chars[at])
			if !n.admits(&t, floor, outer) {
				may &^= 1 << at
			}
		}
		if may == 0 {
			return
		}
	}

	r := f.namesFrom(i)
	r.name = w.name[:0]
	for ; may != 0; may >>= 1 {
		t := traits{chars: chars[r.inBlock]}
		if r.next(); may&1 == 0 {
			continue
		}
		if n.qualified {
			f.scanQualified(w, layer, &r, &t)
		} else {
			f.scanName(w, layer, &r, t.ascii())
		}
	}
	w.name = r.name
}

// containersOf returns the containers of a block's symbols.
func (f *File) containersOf(block int) []uint32 {
	end := f.rowContainers.len()
	if block+1 < f.nameBlocks.len() {
		end = int(f.nameBlocks.at(block + 1).firstRow)
	}
	return f.rowContainers.slice(int(f.nameBlocks.at(block).firstRow), end)
}

// scanExact offers the symbols of the one name, if its block has it.
func (f *File) scanExact(w *worker, c chunk) {
	for r := f.namesFrom(c.from); r.next(); {
		if string(r.name) == w.query.Text {
			f.offerAll(w, c.layer, &r, 0)
			return
		}
	}
}

// offerAll offers the symbols of a name.
func (f *File) offerAll(w *worker, layer int, r *nameReader, points int32) {
	for row := r.row; row < r.row+r.rows; row++ {
		f.offer(w, layer, row, r.name, points)
	}
}

// scanRows offers all symbols. One comparison turns away a symbol that is no better than the worst of the results.
func (f *File) scanRows(w *worker, c chunk) {
	for i, t := range f.rowTraits.slice(c.from, c.to) {
		if worst := w.top.worst(); worst != nil &&
			(t.importance() > worst.importance || t.importance() == worst.importance && t.rank() > worst.rank) {
			continue
		}
		f.offer(w, c.layer, uint32(c.from+i), nil, 0)
	}
}

// scanName offers the symbols of a name if it matches.
func (f *File) scanName(w *worker, layer int, r *nameReader, ascii bool) {
	points, ok := w.scorer.score(&w.needle.whole, r.name, ascii, w.top.floor())
	if !ok || !w.top.admits(&hit{score: points, name: r.name}) {
		return
	}
	f.offerAll(w, layer, r, points)
}

// scanQualified offers those symbols of a name whose containers match too.
func (f *File) scanQualified(w *worker, layer int, r *nameReader, t *traits) {
	n, floor := &w.needle, w.top.floor()
	ids := f.rowContainers.slice(int(r.row), int(r.row+r.rows))
	best := w.bestContainer(layer, ids...)
	inner, isInner := int32(0), false
	whole, isWhole := int32(0), false
	if best != impossible {
		inner, isInner = w.scorer.score(&n.last, r.name, t.ascii(), atLeast(floor, best))
	}
	if t.chars&n.whole.chars == n.whole.chars {
		whole, isWhole = w.scorer.score(&n.whole, r.name, t.ascii(), floor)
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
			f.offer(w, layer, r.row+uint32(i), r.name, points)
		}
	}
}

// detail decodes the detail at a place.
func (f *File) detail(at uint32, nameLen int) detail {
	end := max(int(at), min(int(at)+maxDetail, f.details.len())) // at may lie behind them all
	return readDetail(f.details.slice(int(at), end), nameLen)
}

// offer adds a symbol to the results if it is good enough and wanted. The name is
// copied.
func (f *File) offer(w *worker, layer int, row uint32, name []byte, points int32) {
	if points < w.top.floor() {
		return
	}
	t := *f.rowTraits.at(int(row))
	if !w.query.Kinds.wants(t.kind()) {
		return
	}
	h := hit{
		score: points + importanceScore(t.importance()), importance: t.importance(), rank: t.rank(), kind: t.kind(),
		name: name, place: unplaced, row: row, layer: layer, file: f,
	}
	if !w.top.admits(&h) {
		return
	}
	h.place = *f.rowDetails.at(int(row))
	if !w.top.admits(&h) || !w.wants(&h) || !f.shows(w, &h) {
		return
	}
	if w.counting {
		w.counts.add(h.kind)
		return
	}
	h.name = slices.Clone(name)
	w.top.add(h)
}

// placeRange are the places from one up to another.
type placeRange struct{ from, to uint32 }

// places returns where the symbols of some files, and of those below some directories, are. Files are in the order of
// their paths, and places in that of files, so one comparison turns away a symbol from elsewhere.
func (f *File) places(below []string) (ranges []placeRange) {
	of := func(from, to int) {
		place := func(i int) uint32 {
			if i == f.files.len() {
				return uint32(f.details.len())
			}
			return f.files.at(i).details
		}
		ranges = append(ranges, placeRange{place(from), place(to)})
	}
	for _, path := range below {
		if i, ok := f.find(path); ok {
			of(i, i+1)
		}
		first, end := bounds(path)
		from, _ := f.find(first)
		to, _ := f.find(end)
		of(from, to)
	}
	return ranges
}

// wants reports whether a symbol of a file layer is in Query.Below.
func (w *worker) wants(h *hit) bool {
	ranges := w.wanted[h.layer]
	return ranges == nil || slices.ContainsFunc(ranges, func(r placeRange) bool { return r.from <= h.place && h.place < r.to })
}

func (f *File) shows(w *worker, h *hit) bool {
	if !w.masked[h.layer] && !f.masks {
		return true
	}
	i := f.fileOf(h.place)
	return !f.masked(i) && w.shows(h.layer, uint32(i), h.pathOf)
}

// match decodes the detail of a hit.
func (f *File) match(h *hit) Match {
	if h.macro {
		i := int(h.row)
		return h.macroMatch(f.row(i).ID, *f.hashes.at(i))
	}
	name := h.name
	if name == nil {
		name = f.nameOf(h.row)
	}
	d := f.detail(h.place, len(name))
	i := f.fileOf(h.place)
	return Match{
		Path:      h.pathOf(),
		Name:      string(name),
		Container: string(f.containers.at(*f.rowContainers.at(int(h.row)))),
		Kind:      h.kind,
		Flags:     d.flags,
		Language:  f.row(i).ID,
		Range:     d.rng,
		Selection: d.selection,
		Hash:      *f.hashes.at(i),
	}
}
