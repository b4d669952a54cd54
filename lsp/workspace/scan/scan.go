package scan

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

const (
	// progressEvery is how often a scan reports its progress; a person sees no more.
	progressEvery = 100 * time.Millisecond

	// maxMissing is how many contents that the store lacks are gathered before they are
	// parsed: some 30 MB of names. The more there are, the better their batches are spread
	// over the shards, and the sooner the number of all files is known.
	maxMissing = 1 << 16

	// candidateQueue is how many names the walk, which is faster, may be ahead of the
	// hashing, so that nobody holds the names of a whole tree.
	candidateQueue = 4096
)

// Options are what a scan works with.
type Options struct {
	Engine *contents.Engine
	Rules  *files.Rules // decide which files belong to the roots
	Set    *bindings.Set
	Clock  *bindings.Clock // that of the trees
	// Refill makes the store have the summary of each source afterwards: contents of files
	// that did not change are parsed again where the store has lost their summary.
	Refill bool
	// Again is called for files that are to be looked at again after the scan.
	Again func(path string)
	// Linked is told each symbolic link, see files.Visitor, one at a time. Nil: links are not
	// followed.
	Linked func(files.Symlink)
	// MaxMissing is how many contents are gathered before they are parsed. 0: 65,536.
	MaxMissing int
}

// scan is one run of Run.
type scan struct {
	Options
	tally *Tally

	mu      sync.Mutex
	missing map[cachestore.Key]*missing
}

// Run finds the sources below directories, which are roots of the set or lie below them,
// and binds each. Progress, unless nil, is called every 100 ms and once at the end. The
// tally counts what was done, and names the files that failed. The error is ctx's. One
// scan of a set runs at a time.
//
// A scan works in parts:
//
//	walk ──▶ unchanged? ──▶ read, hash, look up ──▶ missing, up to 65,536
//	            │ counted        │ bound                │
//	                                 batches of shards: lock, look up, parse, publish a pack, bind
//
// When the missing contents are worked through, the walk goes on.
func Run(ctx context.Context, o Options, dirs []string, tally *Tally, progress func(Progress)) error {
	s := &scan{Options: o, tally: tally, missing: make(map[cachestore.Key]*missing)}
	below := make(map[*bindings.Tree][]string)
	for _, dir := range dirs {
		if tree := s.Set.Tree(dir); tree != nil {
			below[tree] = append(below[tree], dir)
		}
	}
	for tree := range below {
		tree.BeginScan()
	}
	err := s.run(ctx, slices.Concat(slices.Collect(maps.Values(below))...), progress)
	for tree, dirs := range below {
		tree.EndScan(err == nil, tally.Sure(), dirs)
	}
	return err
}

func (s *scan) run(ctx context.Context, dirs []string, progress func(Progress)) error {
	if progress != nil {
		stop := s.report(progress)
		defer stop()
	}
	walking, stop := context.WithCancel(ctx)
	candidates := s.walk(walking, dirs)
	defer func() {
		stop()
		for range candidates { // until the walk has ended too
		}
	}()
	for more := true; more; {
		var err error
		if more, err = s.hashSome(ctx, candidates); err != nil {
			return err
		}
		if err := s.parseMissing(ctx); err != nil {
			return err
		}
		if more {
			s.Engine.MergePacks(ctx)
		}
	}
	return ctx.Err()
}

// report calls progress regularly until stop is called, and once more then.
func (s *scan) report(progress func(Progress)) (stop func()) {
	done, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				progress(s.tally.Progress())
			case <-done:
				progress(s.tally.Progress())
				return
			}
		}
	}()
	return func() {
		close(done)
		<-finished
	}
}

// walk sends the files that may have changed below the directories. It closes the channel
// when the walk, or ctx, has ended. A receiver that stops early ends ctx.
func (s *scan) walk(ctx context.Context, dirs []string) <-chan files.Candidate {
	candidates := make(chan files.Candidate, candidateQueue)
	found := func(c files.Candidate) {
		s.tally.found()
		s.Engine.Turn(ctx)
		if s.unchanged(c) {
			return
		}
		select {
		case candidates <- c:
		case <-ctx.Done():
		}
	}
	linked := func(link files.Symlink) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.Linked(link)
	}
	go func() {
		defer close(candidates)
		defer s.tally.allListed()
		s.Rules.Walk(ctx, dirs, s.Engine.Jobs(), files.Visitor{Found: found, Failed: s.tally.FailDir, Ignored: s.tally.leaveOut, Linked: linked})
	}()
	return candidates
}

// unchanged reports whether a candidate need not be read, and counts it then.
func (s *scan) unchanged(c files.Candidate) bool {
	if !c.HasStat {
		return false
	}
	b, ok := s.Set.Tree(c.Path).Confirm(c.Path, index.Stat(c.Stat))
	if !ok || s.lost(b) {
		return false
	}
	s.count(c.Path, b, false)
	return true
}

// lost reports whether the store is to be refilled and lacks the summary that a binding
// names: its pack was removed, repaired or evicted, or a base cache is not there.
func (s *scan) lost(b index.Binding) bool {
	store := s.Engine.Store()
	return s.Refill && store != nil && b.Class == index.ClassSource && !store.Has(bindings.SummaryKey(b))
}

// hashSome reads candidates: it binds those whose symbols are known, and gathers the
// contents that are missing. It reports whether there may be more candidates, as it has
// gathered enough.
func (s *scan) hashSome(ctx context.Context, candidates <-chan files.Candidate) (more bool, err error) {
	s.Engine.Hangs().Run(ctx, s.Engine.Jobs(), func(worker *hanging.Worker) {
		r := s.Engine.NewWorkerReader(worker, func(path string, err error) {
			if ctx.Err() == nil {
				s.tally.fail(path, err)
			}
		})
		for !s.enough() && ctx.Err() == nil {
			c, ok := <-candidates
			if !ok {
				return
			}
			s.Engine.Turn(ctx)
			s.hash(ctx, r, c)
		}
	})
	return s.enough(), ctx.Err()
}

func (s *scan) enough() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.missing) >= cmp.Or(s.MaxMissing, maxMissing)
}

// hash reads one candidate.
func (s *scan) hash(ctx context.Context, r *contents.ScanReader, c files.Candidate) {
	if c.Type&^fs.ModeIrregular != 0 {
		s.skip(c.Path, contents.SkipNotRegular)
		return
	}
	for {
		f, found, ok := s.read(ctx, r, c.Path)
		if !ok {
			return
		}
		if known, ok := s.Set.Tree(c.Path).Holds(found); ok && !s.lost(known) {
			if s.bind(found, known, false) {
				return
			}
			continue // it was overtaken: read it again
		}
		if found.Summary = s.Engine.Lookup(f.Key); found.Summary == nil {
			s.miss(f, found)
			return
		}
		if s.bind(found, found.Binding, false) {
			return
		}
	}
}

// miss gathers a missing content.
func (s *scan) miss(f contents.File, found bindings.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.missing[f.Key]
	if m == nil {
		m = &missing{key: f.Key, size: len(f.Text)}
		s.missing[f.Key] = m
	}
	m.files = append(m.files, found)
}

// read reads one file. If it is no source, or cannot be read, read does all that there is to
// do about it, and ok is false.
func (s *scan) read(ctx context.Context, r *contents.ScanReader, path string) (f contents.File, found bindings.Reading, ok bool) {
	root, _ := paths.Deepest(slices.Values(s.Set.Roots()), path)
	for {
		found = bindings.Reading{Path: path, Version: s.Clock.Next(), Listed: true}
		f, err := r.Read(ctx, root, path)
		found.Binding = f.Binding
		var skip *contents.SkipError
		switch {
		case err == nil:
			return f, found, true
		case errors.As(err, &skip):
			if f.Binding.Class != index.ClassSource && s.Set.Tree(path).Bind(found) {
				continue // it was overtaken: read it again
			}
			s.skip(path, skip.Reason)
		case ctx.Err() == nil:
			s.tally.fail(path, err)
		}
		return f, found, false
	}
}

// bind binds a file and counts it with a binding. It reports false where the reading is
// stale.
func (s *scan) bind(found bindings.Reading, counted index.Binding, parsed bool) bool {
	if s.Set.Tree(found.Path).Bind(found) {
		return false
	}
	if found.Summary != nil {
		counted.Symbols = len(found.Summary.Symbols)
	}
	s.flush()
	s.count(found.Path, counted, parsed)
	return true
}

// flush writes the index files of trees that hold too much in memory.
func (s *scan) flush() {
	for _, tree := range s.Set.Trees() {
		if !tree.Full() {
			continue
		}
		stale, err := tree.Publish()
		if err != nil {
			s.Engine.Complain(contents.CauseIndex, "write an index to", err)
		}
		for _, path := range stale {
			s.Again(path)
		}
	}
}

// count counts a file that is bound.
func (s *scan) count(path string, b index.Binding, parsed bool) {
	switch b.Class {
	case index.ClassSource:
		s.tally.bound(parsed, b.Symbols, int(b.Size))
	case index.ClassTooLarge:
		s.skip(path, contents.SkipTooLarge)
	case index.ClassBinary:
		s.skip(path, contents.SkipBinary)
	default:
		s.skip(path, contents.SkipNoLanguage)
	}
}

// skip counts a file that is no source. A file without an extension was read only to find
// out, and a link or a pipe counts only where its name is that of a source.
func (s *scan) skip(path, reason string) {
	if reason == contents.SkipNoLanguage || reason == contents.SkipNotRegular && symbols.Detect(path, nil) == nil {
		s.tally.unfound()
		return
	}
	s.tally.skip(reason)
}
