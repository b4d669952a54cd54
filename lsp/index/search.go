package index

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// DefaultLimit is how many matches a search returns unless told otherwise:
// several screens of a picker, and an answer of some 60 KB.
const DefaultLimit = 256

// Query says what to search for.
type Query struct {
	// Text is matched with names as a case-insensitive subsequence; white space
	// in it means nothing. What stands before the last of the separators in
	// "Kubelet.Run", "a::b", "a/b" or "a#b" is matched with containers instead,
	// unless the name has the separator itself. The empty text matches everything.
	Text string
	// Limit is the largest number of matches to return. Up to 0: DefaultLimit.
	Limit int
	// Kinds are the kinds wanted. Empty: all.
	Kinds KindSet
	// Accept tells which paths are wanted; nil: all. It is called from several
	// goroutines at once, a few times at most for each path.
	Accept func(path string) bool
}

// Match is a symbol found.
type Match struct {
	Path  string
	Name  string
	Label string // what an outline shows: the same as Name for most
	// Container is the symbol's own, else the names of its parents, outermost
	// first, joined with ".".
	Container string
	Kind      symbols.Kind
	Flags     symbols.Flags
	Language  string
	Range     symbols.Range
	Selection symbols.Range
	Score     int32 // comparable between matches of one query
}

// KindSet is a set of kinds.
type KindSet uint64

// Add puts kinds into the set.
func (s *KindSet) Add(kinds ...symbols.Kind) {
	for _, k := range kinds {
		*s |= 1 << k
	}
}

// Has tells whether k is in the set.
func (s KindSet) Has(k symbols.Kind) bool { return s&(1<<k) != 0 }

// A search is cut into chunks of names or of files that workers take in turn,
// and between which they look for cancellation. A chunk takes a quarter of a
// millisecond when most of the names match.
const (
	chunkNames = 4096
	chunkFiles = 256
)

// Search returns the best matches, best first (see score.go and compare). A
// path that a layer has is hidden in all layers after it. Each layer is searched
// as it is at the start. The only error is ctx's.
//
// The work goes by distinct names: each is scored once, and its symbols are
// looked at only if the name could make it into the results. Where the query
// says something about containers or paths, that leaves few symbols, and the
// work goes by files, through the symbols in the order they lie in memory. Each
// worker keeps its own best matches, no more than the limit, so neither a
// frequent name nor a short query makes a search hold more.
func Search(ctx context.Context, q Query, layers ...*Index) ([]Match, error) {
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	s := &search{query: q, matcher: newMatcher(q.Text)}
	var chunks []chunk
	for i, ix := range layers {
		v := ix.current.Load()
		s.views = append(s.views, v)
		byFile, n, step := s.byFile(v), v.names.len(), chunkNames
		if byFile {
			n, step = len(v.files), chunkFiles
		}
		for from := 0; from < n; from += step {
			chunks = append(chunks, chunk{layer: i, byFile: byFile, from: from, to: min(from+step, n)})
		}
	}

	workers := make([]worker, min(runtime.GOMAXPROCS(0), len(chunks)))
	var taken atomic.Int64
	var running sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		*w = worker{search: s, layers: make([]memo, len(layers)), top: top{limit: q.Limit}}
		running.Go(func() {
			for ctx.Err() == nil {
				next := int(taken.Add(1)) - 1
				if next >= len(chunks) {
					return
				}
				w.scan(chunks[next])
			}
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	tops := make([]top, len(workers))
	for i := range workers {
		tops[i] = workers[i].top
	}
	found := best(q.Limit, tops)
	matches := make([]Match, len(found))
	for i := range found {
		matches[i] = s.views[found[i].layer].match(&found[i])
	}
	return matches, nil
}

// match decodes the row of a candidate.
func (v *view) match(c *candidate) Match {
	r := &v.rows[c.row]
	d := readDetail(v.details[r.detail:])
	name := string(v.names.at(r.name))
	return Match{
		Path:      c.path,
		Name:      name,
		Label:     d.label(name, &v.affixes),
		Container: string(v.containers.at(r.container)),
		Kind:      r.kind,
		Flags:     r.flags,
		Language:  v.files[r.file].language,
		Range:     d.rng,
		Selection: d.selection,
		Score:     c.score,
	}
}

// search is what the workers of one Search share and do not change.
type search struct {
	query   Query
	matcher matcher
	views   []*view // by layer
}

// A search goes by files if at most one in rareShare is accepted of a sample.
// By names, it would score all names before it knows that few of them are
// wanted; by files, it scores a name as often as it occurs, three times or so,
// and that is worth it only if most files drop out. The results are the same.
const (
	sampleFiles = 64
	rareShare   = 8
)

// byFile tells whether a layer is searched by files instead of by names.
func (s *search) byFile(v *view) bool {
	if s.matcher.empty() || s.matcher.qualified {
		return true
	}
	if s.query.Accept == nil {
		return false
	}
	asked, accepted := 0, 0
	for i := 0; i < len(v.files); i += 1 + len(v.files)/sampleFiles {
		asked++
		if s.query.Accept(v.files[i].path) {
			accepted++
		}
	}
	return accepted*rareShare <= asked
}

// chunk is the files, or else the names, [from, to) of a layer.
type chunk struct {
	layer    int
	byFile   bool
	from, to int
}

type worker struct {
	*search
	top    top
	scorer scorer
	layers []memo
}

// memo remembers verdicts on the files and containers of a layer: both are asked
// about for each symbol. Its slices are made when first needed.
type memo struct {
	files      []verdict
	containers []containerScore
	whole      verdict // whether there are names that may match whole
}

type verdict uint8

const (
	undecided verdict = iota
	shown
	hidden
)

// containerScore is the qualifier's score on a container, if known.
type containerScore struct {
	verdict verdict
	points  int32
}

func (w *worker) scan(c chunk) {
	if c.byFile {
		w.scanFiles(c)
	} else {
		w.scanNames(c)
	}
}

// scanNames offers the symbols of the names that match.
func (w *worker) scanNames(c chunk) {
	v, p := w.views[c.layer], &w.matcher.whole
	for id := c.from; id < c.to; id++ {
		t, floor := &v.nameTraits[id], w.top.floor()
		if !p.admits(t, floor) {
			continue
		}
		name := v.names.at(uint32(id))
		points, ok := w.scorer.score(p, name, t.ascii(), floor)
		if !ok || !w.top.admits(&candidate{score: points, name: name}) {
			continue
		}
		for at, more := v.heads[id], true; more; at, more = v.next(at) {
			w.offer(c.layer, at, name, points)
		}
	}
}

// scanFiles offers the symbols that match, file by file. The empty query says
// nothing about names, so they play no part in the order: types of source files
// come first, by path.
func (w *worker) scanFiles(c chunk) {
	v, m := w.views[c.layer], &w.matcher
	for id := c.from; id < c.to; id++ {
		f := v.files[id]
		most := m.best() + tierScore(f.tier)
		if !v.live(f) || !w.top.admits(&candidate{score: most, tier: f.tier, path: f.path}) {
			continue
		}
		if w.query.Accept != nil && !w.shows(c.layer, uint32(id)) {
			continue
		}
		for at := f.first; at < f.first+f.count; at++ {
			if m.empty() {
				w.offer(c.layer, at, nil, 0)
			} else if points, ok := w.points(c.layer, &v.rows[at]); ok {
				w.offer(c.layer, at, v.names.at(v.rows[at].name), points)
			}
		}
	}
}

// points scores a symbol by its name and container.
func (w *worker) points(layer int, r *row) (points int32, ok bool) {
	v, m, floor := w.views[layer], &w.matcher, w.top.floor()
	t := &v.nameTraits[r.name]
	if w.someWhole(layer) && m.whole.admits(t, floor) {
		points, ok = w.scorer.score(&m.whole, v.names.at(r.name), t.ascii(), floor)
	}
	if !m.qualified {
		return points, ok
	}
	outer, in := w.container(layer, r.container)
	if !in {
		return points, ok
	}
	floor = atLeast(floor, outer)
	if !m.last.admits(t, floor) {
		return points, ok
	}
	inner, in := w.scorer.score(&m.last, v.names.at(r.name), t.ascii(), floor)
	if in && (!ok || outer+inner > points) {
		return outer + inner, true
	}
	return points, ok
}

// someWhole tells whether any name of a layer may match whole. Few languages have
// names with separators in them; where there are none, most rows need not have
// their names' traits fetched from memory.
func (w *worker) someWhole(layer int) bool {
	v, memo := w.views[layer], &w.layers[layer]
	if memo.whole == undecided {
		memo.whole = hidden
		for i := range v.nameTraits {
			if w.matcher.whole.admits(&v.nameTraits[i], math.MinInt32) {
				memo.whole = shown
				break
			}
		}
	}
	return memo.whole == shown
}

// atLeast returns the floor for a score to which more will be added.
func atLeast(floor, more int32) int32 {
	if floor == math.MinInt32 {
		return floor
	}
	return floor - more
}

// offer adds a symbol to the results if it is good enough and wanted: in this
// order, as the first test is the cheaper one and turns most away.
func (w *worker) offer(layer int, at uint32, name []byte, points int32) {
	v := w.views[layer]
	r := &v.rows[at]
	if w.query.Kinds != 0 && !w.query.Kinds.Has(r.kind) {
		return
	}
	c := candidate{
		score: points + tierScore(r.tier), tier: r.tier, rank: r.rank,
		name: name, row: at, layer: layer,
	}
	// Once without a path, which comes before all others: most rows of a frequent
	// name fail that, and their files need not be fetched from memory.
	if !w.top.admits(&c) {
		return
	}
	c.path = v.files[r.file].path
	if w.top.admits(&c) && w.shows(layer, r.file) {
		w.top.add(c)
	}
}

// tierScore is what a tier adds to a score.
func tierScore(t Tier) int32 {
	if t == Source {
		return 0
	}
	return -scoreSecondary
}

// shows tells whether a file is alive, not hidden by an earlier layer, and
// accepted by the query.
func (w *worker) shows(layer int, fileID uint32) bool {
	v, memo := w.views[layer], &w.layers[layer]
	f := v.files[fileID]
	if !v.live(f) {
		return false
	}
	if memo.files == nil {
		memo.files = make([]verdict, len(v.files))
	}
	if memo.files[fileID] == undecided {
		memo.files[fileID] = w.decide(layer, f)
	}
	return memo.files[fileID] == shown
}

func (w *worker) decide(layer int, f *file) verdict {
	for _, earlier := range w.views[:layer] {
		if earlier.has(f.path) {
			return hidden
		}
	}
	if w.query.Accept != nil && !w.query.Accept(f.path) {
		return hidden
	}
	return shown
}

// container scores the qualifier on a container.
func (w *worker) container(layer int, id uint32) (int32, bool) {
	v, memo := w.views[layer], &w.layers[layer]
	if memo.containers == nil {
		memo.containers = make([]containerScore, v.containers.len())
	}
	c := &memo.containers[id]
	if c.verdict == undecided {
		c.verdict = hidden
		p, t := &w.matcher.qualifier, &v.containerTraits[id]
		if p.admits(t, math.MinInt32) {
			if points, ok := w.scorer.score(p, v.containers.at(id), t.ascii(), math.MinInt32); ok {
				c.verdict, c.points = shown, points
			}
		}
	}
	return c.points, c.verdict == shown
}
