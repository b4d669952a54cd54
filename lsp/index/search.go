package index

import (
	"context"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/symcache/symcache/lsp/symbols"
)

// DefaultLimit is how many matches a search returns unless told otherwise:
// several screens of a picker, and an answer of some 60 KB.
const DefaultLimit = 256

// MaxQuery is how long a fuzzy query can be, in bytes: as much as is searched of a name
// and of a container, at 4 bytes a character. A longer one finds nothing. So the work
// for a query is bounded by the symbols that it searches.
const MaxQuery = 2 * maxText * utf8.UTFMax

// Query says what to search for.
type Query struct {
	// Text is matched with names as a case-insensitive subsequence; white space
	// in it means nothing. The part before the last of the separators in
	// "Kubelet.Run", "a::b", "a/b" or "a#b" is matched with containers instead,
	// unless the name has the separator itself. The empty text matches everything, one of
	// more than MaxQuery bytes nothing.
	Text string
	// Exact finds the symbols whose names are Text, byte for byte. All of them score
	// the same.
	Exact bool
	// Limit is the largest number of matches to return. Up to 0: DefaultLimit.
	Limit int
	// Kinds are the kinds wanted. Empty: all.
	Kinds KindSet
	// Below are clean paths of files and directories: symbols of these files and of all
	// below these directories are wanted. Empty: all.
	Below []string
}

// includes reports whether a file is wanted.
func (q *Query) includes(path string) bool {
	if len(q.Below) == 0 {
		return true
	}
	for _, dir := range q.Below {
		if first, end := bounds(dir); path == dir || first <= path && path < end {
			return true
		}
	}
	return false
}

// bounds returns the texts between which the paths of the files below a directory are, the second behind all of them.
func bounds(dir string) (first, end string) {
	dir = strings.TrimSuffix(dir, string(os.PathSeparator))
	return dir + string(os.PathSeparator), dir + string(os.PathSeparator+1)
}

// Match is a symbol found.
type Match struct {
	Path string
	Name string
	// Container is the symbol's own, else the names of its parents, outermost
	// first, joined with ".".
	Container string
	Kind      symbols.Kind
	Flags     symbols.Flags
	Language  string
	Range     symbols.Range
	Selection symbols.Range
	Hash      [HashSize]byte // of the content in which it stands there
}

// KindSet is a set of kinds.
type KindSet uint64

// Add puts kinds into the set.
func (s *KindSet) Add(kinds ...symbols.Kind) {
	for _, k := range kinds {
		*s |= 1 << k
	}
}

// Has reports whether k is in the set.
func (s KindSet) Has(k symbols.Kind) bool { return s&(1<<k) != 0 }

// wants reports whether k is in the set, or the set says nothing.
func (s KindSet) wants(k symbols.Kind) bool { return s == 0 || s.Has(k) }

// Layer is something to search: an *Memory, a *View of one, or a *File.
type Layer interface{ now() layer }

// layer is a Layer as of one moment. Its methods are called from several
// goroutines at once.
type layer interface {
	// empty reports whether there are no paths, has whether there is this one.
	empty() bool
	has(path string) bool
	// chunks cuts the work of a search into pieces of some tenths of a millisecond,
	// those that promise most first. Search sets their layer.
	chunks(s *search) []chunk
	// containerCount is how many containers there are, containerAt the text of one.
	containerCount() int
	containerAt(id uint32) []byte
	// scan works off a chunk: it offers what matches to the worker's top.
	scan(w *worker, c chunk)
	// match turns a hit that scan has offered into a match.
	match(h *hit) Match
}

// chunk is a part of a layer: names, blocks of names, rows, files or macros, as the layer cuts itself.
type chunk struct {
	layer, from, to int
	inside          bool // no name in it begins with what is looked for in names
	macros          bool // it is of macros
}

// Search returns the best matches, best first (see score.go and compare). A
// path that a layer has is hidden in all layers after it. Each layer is searched
// as it is at the start. The error is ctx's, a *PanicError, or the *FileError of a layer
// that is to be left out.
//
// The work goes by distinct names: each is scored once, and its symbols are
// looked at only if the name could make it into the results. Each worker keeps its
// own best matches, no more than the limit, so neither a frequent name nor a short
// query makes a search hold more; between chunks, and between long alignments, it looks
// for cancellation.
func Search(ctx context.Context, q Query, layers ...Layer) ([]Match, error) {
	matches, _, err := scoredSearch(ctx, q, layers)
	return matches, err
}

// scoredSearch also returns the scores.
func scoredSearch(ctx context.Context, q Query, layers []Layer) (matches []Match, scores []int32, err error) {
	if !q.Exact && len(q.Text) > MaxQuery {
		return nil, nil, ctx.Err()
	}
	for range 2 { // a page that could not be mapped may be there again
		err = protect(func() (err error) {
			s := newSearch(q, layers)
			return whileMapped(s.layers, func() (err error) {
				matches, scores, err = s.run(ctx)
				return err
			})
		})
		if !isPassing(err) {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return matches, scores, nil
}

// whileMapped runs fn while all files among the layers stay mapped.
func whileMapped(layers []layer, fn func() error) error {
	for i, l := range layers {
		if f, ok := l.(*File); ok {
			return f.readWhole(func() error { return whileMapped(layers[i+1:], fn) })
		}
	}
	return fn()
}

// search is what the workers of one Search share.
type search struct {
	query  Query
	needle needle
	layers []layer
	masked []bool            // by layer: one before it has paths
	wanted [][]placeRange    // by layer, of the files in Query.Below; nil unless it is a File and there are some
	outer  []containerScores // by layer; nil unless the query is qualified
	floor  atomic.Int32

	counting bool       // matches are counted and not kept
	counts   KindCounts // when the search has ended
}

func newSearch(q Query, layers []Layer) *search {
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	s := &search{query: q}
	if !q.Exact {
		s.needle = newNeedle(q.Text)
	}
	s.floor.Store(math.MinInt32)
	masks := false
	for _, l := range layers {
		at := l.now()
		s.layers = append(s.layers, at)
		s.masked = append(s.masked, masks)
		masks = masks || !at.empty()
	}
	return s
}

func (s *search) run(ctx context.Context) ([]Match, []int32, error) {
	var chunks []chunk
	for i, l := range s.layers {
		if s.needle.qualified {
			s.outer = append(s.outer, make(containerScores, l.containerCount()))
		}
		err := guarded(l, func() {
			s.wanted = append(s.wanted, nil)
			if f, ok := l.(*File); ok && len(s.query.Below) > 0 {
				s.wanted[i] = f.places(s.query.Below)
			}
			for _, c := range l.chunks(s) {
				c.layer = i
				chunks = append(chunks, c)
			}
		})
		if err != nil {
			return nil, nil, err
		}
	}
	workers := make([]worker, min(runtime.GOMAXPROCS(0), len(chunks)))
	errs := make(chan error, len(workers))
	var taken atomic.Int64
	var running sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		*w = worker{search: s, scorer: scorer{ctx: ctx}, memos: make([]memo, len(s.layers)), top: top{limit: s.query.Limit, floors: &s.floor}}
		running.Go(func() {
			for ctx.Err() == nil {
				next := int(taken.Add(1)) - 1
				if next >= len(chunks) {
					return
				}
				if err := w.scan(chunks[next]); err != nil {
					taken.Store(int64(len(chunks)))
					errs <- err
					return
				}
			}
		})
	}
	running.Wait()
	close(errs)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err := <-errs; err != nil {
		return nil, nil, err
	}

	tops := make([]top, len(workers))
	for i := range workers {
		tops[i] = workers[i].top
		for kind, n := range workers[i].counts {
			s.counts[kind] += n
		}
	}
	found := best(s.query.Limit, tops)
	matches, scores := make([]Match, len(found)), make([]int32, len(found))
	for i := range found {
		l := s.layers[found[i].layer]
		scores[i] = found[i].score
		if err := guarded(l, func() { matches[i] = l.match(&found[i]) }); err != nil {
			return nil, nil, err
		}
	}
	return matches, scores, nil
}

type worker struct {
	*search
	top    top
	scorer scorer
	memos  []memo // by layer
	name   []byte // memory for one of a file
	counts KindCounts
}

// memo remembers verdicts on the files of a layer, which are asked about for each
// symbol.
type memo struct {
	files map[uint32]verdict // made when first needed
	whole verdict            // whether there are names that may match whole
}

type verdict uint8

const (
	undecided verdict = iota
	shown
	hidden
)

// containerScores are the qualifier's scores on the containers of a layer, each found by the worker that first needs it.
// Two workers that need it at once both find it. An element is 0 as long as it is not computed, and known plus the score
// then; the score is impossible where there is no match.
type containerScores []atomic.Int32

const known = 1 - impossible

// scan works off a chunk.
func (w *worker) scan(c chunk) error {
	l := w.layers[c.layer]
	return guarded(l, func() { l.scan(w, c) })
}

// guarded calls fn, which reads a layer that the search keeps mapped.
func guarded(l layer, fn func()) error {
	do := func() error {
		fn()
		return nil
	}
	if f, ok := l.(*File); ok {
		return f.guarded(do)
	}
	return protect(do)
}

// shows reports whether no earlier layer hides a file.
func (w *worker) shows(layer int, file uint32, path func() string) bool {
	if !w.masked[layer] {
		return true
	}
	memo := &w.memos[layer]
	if memo.files == nil {
		memo.files = make(map[uint32]verdict)
	}
	v := memo.files[file]
	if v == undecided {
		v = shown
		path := path()
		for _, earlier := range w.layers[:layer] {
			var has bool
			if err := guarded(earlier, func() { has = earlier.has(path) }); err != nil {
				abort(err)
			}
			if has {
				v = hidden
				break
			}
		}
		memo.files[file] = v
	}
	return v == shown
}

// bestContainer returns the best score of the qualifier on some containers, or
// impossible if it matches none.
func (w *worker) bestContainer(layer int, ids ...uint32) int32 {
	scores, best := w.outer[layer], int32(known+impossible)
	for _, id := range ids {
		score := scores[id].Load()
		if score == 0 {
			score = known + w.scoreContainer(layer, id)
			scores[id].Store(score)
		}
		best = max(best, score)
	}
	return best - known
}

func (w *worker) scoreContainer(layer int, id uint32) int32 {
	text := w.layers[layer].containerAt(id)
	if !mayContain(&w.needle.qualifier, text) {
		return impossible // as most are
	}
	points, ok := w.scorer.score(&w.needle.qualifier, text, symbols.IsASCII(text), math.MinInt32)
	if !ok {
		return impossible
	}
	return points
}

// atLeast returns the floor for a score to which more will be added.
func atLeast(floor, more int32) int32 {
	if floor == math.MinInt32 {
		return floor
	}
	return floor - more
}

// importanceScore is what a importance adds to a score.
func importanceScore(t Importance) int32 {
	switch t {
	case Source:
		return 0
	case secondaryMacro:
		return -2 * scoreSecondary
	default:
		return -scoreSecondary
	}
}
