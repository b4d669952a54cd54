package workspace

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

const (
	// A batch is what a crash can lose, what one pack holds and what other
	// processes wait for: some shards whose missing files are this many bytes or
	// files together. 4 MiB are parsed in a few tenths of a second, while writing
	// a pack costs some milliseconds.
	batchBytes = 4 << 20
	batchFiles = 512

	// batchesAtOnce keeps the processors busy while one batch is being written.
	batchesAtOnce = 2

	// progressEvery is how often a scan tells how far it is; a person sees no more.
	progressEvery = 100 * time.Millisecond

	// candidateQueue lets the walk, which is faster, run ahead of the hashing
	// without holding the names of a whole tree.
	candidateQueue = 4096
)

// Bound is one file with its summary.
type Bound struct {
	Path    string
	Key     cachestore.Key
	Summary *symbols.Summary
}

// missing is a content that the store does not have, and the files that had it.
type missing struct {
	key   cachestore.Key
	lang  *language.Language
	size  int
	paths []string
}

// scan is one run of Engine.Scan.
//
// All files are hashed and looked up first. What is missing is then worked
// through in batches of shards, beginning at a random one: take the shards'
// locks, look up again, parse what is still missing, hashing the very bytes
// that are parsed, publish one pack, release. A batch that another process
// holds comes back at the end, when its results are there to be read. So each
// content is parsed once, though many processes want it, and a process that
// dies loses the batches it was in.
type scan struct {
	engine *Engine
	tally  *tally
	bound  func(Bound)

	mu      sync.Mutex
	missing map[cachestore.Key]*missing
}

// Scan finds all sources below the roots and calls bound, from several
// goroutines at once, for each one with its summary; bound may be nil. Progress,
// unless nil, is called every 100 ms and once at the end. Files and roots that
// cannot be worked on are in the report; the error is the context's, or that of
// the roots when none is a directory. The report is of what was done until then.
func (e *Engine) Scan(ctx context.Context, roots []string, bound func(Bound), progress func(Progress)) (Report, error) {
	if bound == nil {
		bound = func(Bound) {}
	}
	s := &scan{engine: e, tally: newTally(), bound: bound, missing: make(map[cachestore.Key]*missing)}
	var dirs []string
	var errs []error
	for _, root := range roots {
		dir, err := Canonical(root)
		if err != nil {
			errs = append(errs, err)
			s.tally.failedDir(root, err)
			continue
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 && len(errs) > 0 {
		return s.tally.result(), errors.Join(errs...)
	}
	if progress != nil {
		stop := s.report(progress)
		defer stop()
	}
	if err := s.hashAll(ctx, dirs); err != nil {
		return s.tally.result(), err
	}
	err := s.parseMissing(ctx)
	return s.tally.result(), err
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
				progress(s.tally.progress())
			case <-done:
				progress(s.tally.progress())
				return
			}
		}
	}()
	return func() {
		close(done)
		<-finished
	}
}

// hashAll walks the roots, binds what the store has and notes what it has not.
func (s *scan) hashAll(ctx context.Context, roots []string) error {
	candidates := make(chan candidate, candidateQueue)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(candidates)
		defer s.tally.allListed()
		found := func(c candidate) {
			s.tally.found()
			select {
			case candidates <- c:
			case <-ctx.Done():
			}
		}
		walk(ctx, roots, s.engine.ignoreDefaults(), s.engine.config.Jobs, found, s.tally.failedDir)
		return ctx.Err()
	})
	for range s.engine.config.Jobs {
		group.Go(func() error {
			r := s.engine.reader()
			for c := range candidates {
				if err := ctx.Err(); err != nil {
					return err
				}
				s.hash(r, c)
			}
			return nil
		})
	}
	return group.Wait()
}

// hash looks at one candidate.
func (s *scan) hash(r *reader, c candidate) {
	if c.mode&^fs.ModeIrregular != 0 {
		s.skip(c.path, &skipError{skipNotRegular})
		return
	}
	src, key, ok := s.read(r, c.path)
	if !ok {
		return
	}
	if summary := s.engine.lookup(key); summary != nil {
		s.bind(c.path, len(src.content), key, summary, false)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.missing[key]
	if m == nil {
		m = &missing{key: key, lang: src.lang, size: len(src.content)}
		s.missing[key] = m
	}
	m.paths = append(m.paths, c.path)
}

// read reads one file; ok is false when that was all there is to do about it.
func (s *scan) read(r *reader, path string) (src source, key cachestore.Key, ok bool) {
	src, err := r.read(path)
	if err == nil {
		key, err = s.engine.key(src.lang, src.hash)
	}
	var skip *skipError
	switch {
	case errors.As(err, &skip):
		s.skip(path, skip)
	case err != nil:
		s.tally.failed(path, err)
	}
	return src, key, err == nil
}

func (s *scan) skip(path string, skip *skipError) {
	// A file without an extension was looked into only to find out. And a name
	// that is a link or a pipe counts only where the name promised a source.
	if skip.reason == skipNoLanguage || skip.reason == skipNotRegular && symbols.Detect(path, nil) == nil {
		s.tally.unfound()
		return
	}
	s.tally.skipped(skip.reason)
}

func (s *scan) bind(path string, size int, key cachestore.Key, summary *symbols.Summary, parsed bool) {
	s.tally.bound(parsed, len(summary.Symbols), size)
	s.bound(Bound{Path: path, Key: key, Summary: summary})
}

// parseMissing works through the batches. Those whose locks others hold wait
// until nothing else is left to do.
func (s *scan) parseMissing(ctx context.Context) error {
	todo := s.batches()
	for patient := false; len(todo) > 0; {
		left, err := s.round(ctx, todo, patient)
		if err != nil {
			return err
		}
		// Without progress the next round waits for the locks.
		patient = len(left) == len(todo)
		todo = left
	}
	return nil
}

// round tries each batch once and returns those that others hold.
func (s *scan) round(ctx context.Context, todo [][]*missing, patient bool) (left [][]*missing, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(batchesAtOnce)
	var mu sync.Mutex
	for _, batch := range todo {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			unlock, ok, err := s.lock(ctx, batch, patient)
			if err != nil {
				return err
			}
			if !ok {
				mu.Lock()
				defer mu.Unlock()
				left = append(left, batch)
				return nil
			}
			defer unlock()
			return s.work(ctx, batch)
		})
	}
	return left, group.Wait()
}

// lock takes the locks of a batch's shards; ok is false when another process
// has one of them. A store that cannot lock is worked with all the same: the
// locks only save work, equal keys mean equal summaries. The error is ctx's.
func (s *scan) lock(ctx context.Context, batch []*missing, patient bool) (unlock func(), ok bool, err error) {
	store := s.engine.config.Store
	if store == nil {
		return func() {}, true, nil
	}
	var shards []byte
	for _, m := range batch {
		if shard := m.key.Hash[0]; len(shards) == 0 || shards[len(shards)-1] != shard {
			shards = append(shards, shard)
		}
	}
	if patient {
		unlock, err = store.LockShards(ctx, shards)
		ok = true
	} else {
		unlock, ok, err = store.TryLockShards(shards)
	}
	switch {
	case err == nil:
		return unlock, ok, nil
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	}
	s.engine.complain("lock", err)
	return func() {}, true, nil
}

// batches partitions what is missing by shard, beginning at a random place so
// that processes that start together work on different ones.
func (s *scan) batches() [][]*missing {
	all := make([]*missing, 0, len(s.missing))
	for _, m := range s.missing {
		all = append(all, m)
	}
	s.missing = nil
	slices.SortFunc(all, func(a, b *missing) int { return slices.Compare(a.key.Hash[:], b.key.Hash[:]) })

	var batches [][]*missing
	start, bytes := 0, 0
	for i, m := range all {
		bytes += m.size
		endOfShard := i+1 == len(all) || all[i+1].key.Hash[0] != m.key.Hash[0]
		if endOfShard && (bytes >= batchBytes || i+1-start >= batchFiles || i+1 == len(all)) {
			batches = append(batches, all[start:i+1])
			start, bytes = i+1, 0
		}
	}
	if n := len(batches); n > 1 {
		first := rand.IntN(n)
		batches = slices.Concat(batches[first:], batches[:first])
	}
	return batches
}

// work parses what is still missing of a batch and publishes it as one pack, or
// as a loose entry when it is but one. What is parsed when ctx ends is published.
func (s *scan) work(ctx context.Context, batch []*missing) error {
	var mu sync.Mutex
	var records []cachestore.Record
	publish := func(key cachestore.Key, summary *symbols.Summary) {
		if s.engine.config.Store == nil {
			return
		}
		value := symbols.Encode(summary)
		mu.Lock()
		defer mu.Unlock()
		records = append(records, cachestore.Record{Key: key, Value: value})
	}

	group, parseCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.engine.config.Jobs)
	for _, m := range batch {
		group.Go(func() error { return s.resolve(parseCtx, m, publish) })
	}
	err := group.Wait()
	slices.SortFunc(records, func(a, b cachestore.Record) int {
		return cmp.Or(slices.Compare(a.Key.Hash[:], b.Key.Hash[:]), cmp.Compare(a.Key.Language, b.Key.Language))
	})
	if n := s.engine.put(records...); n > 0 {
		s.tally.notStored(n)
	}
	return err
}

// resolve binds the files of one missing content. Each is read again: usually
// the first one still has the content, which serves them all.
func (s *scan) resolve(ctx context.Context, m *missing, publish func(cachestore.Key, *symbols.Summary)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := s.engine.reader()
	known := make(map[cachestore.Key]*symbols.Summary)
	if summary := s.engine.lookup(m.key); summary != nil {
		known[m.key] = summary
	}
	for _, path := range m.paths {
		if summary := known[m.key]; summary != nil {
			s.bind(path, m.size, m.key, summary, false)
			continue
		}
		src, key, ok := s.read(r, path)
		if !ok {
			continue
		}
		summary := known[key]
		if summary == nil && key != m.key {
			summary = s.engine.lookup(key) // changed since it was listed
		}
		parsed := summary == nil
		if parsed {
			var err error
			if summary, err = s.engine.parse(ctx, src.lang, src.content); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s.tally.failed(path, err)
				continue
			}
			publish(key, summary)
		}
		known[key] = summary
		s.bind(path, len(src.content), key, summary, parsed)
	}
	return nil
}
