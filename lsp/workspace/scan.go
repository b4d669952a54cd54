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
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
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

	// maxMissing is how many contents that the store lacks are gathered before they are
	// parsed: some 30 MB of names. The more there are, the better their batches are
	// spread over the shards, and the sooner the number of all files is known.
	maxMissing = 1 << 16

	// candidateQueue lets the walk, which is faster, run ahead of the hashing
	// without holding the names of a whole tree.
	candidateQueue = 4096
)

// sink is where a scan takes what is known of files, and leaves what it finds. Its
// methods are called from several goroutines at once.
type sink interface {
	// ticket is taken before a file is read, so that later readings count.
	ticket() uint64
	// confirm tells whether a file with this stat data holds what it held when it
	// was last read, which was that.
	confirm(path string, stat index.Stat) (index.Binding, bool)
	// bind notes what a file holds. With b.Same it is false, and does nothing, if that
	// is not what is known of the file; else it returns it.
	bind(b reading) (index.Binding, bool)
	// flush is called now and then, where there is time for it.
	flush()
}

// missing is a content that the store does not have, and the files that had it.
type missing struct {
	key   cachestore.Key
	size  int
	files []reading // without a summary
}

// scan is one run of a scan.
//
// Files that did not change since they were last read are left at that. All others
// are hashed and looked up first, up to so many that are missing. These are then
// worked through in batches of shards, beginning at a random one: take the shards' locks, look up again, parse
// what is still missing, hashing the very bytes that are parsed, publish one pack,
// release. A batch that another process holds comes back at the end, when its
// results are there to be read. Then the walk goes on. So each content is parsed once, though many
// processes want it, and a process that dies loses the batches it was in.
type scan struct {
	engine     *contents.Engine
	rules      *files.Rules
	maxMissing int // 0: the constant
	tally      *tally
	sink       sink
	refill     bool // files that did not change are parsed again when the store has lost their summary

	mu      sync.Mutex
	missing map[cachestore.Key]*missing
}

// scan finds all sources below directories, which are roots of the rules or lie below
// them, and binds each. Progress, unless nil, is called every 100 ms and once at the
// end. With refill the store has the summary of each source afterwards, or the tally
// counts it. Files that cannot be worked on are in the tally; the error is the context's.
func (s *scan) run(ctx context.Context, dirs []string, progress func(Progress)) error {
	s.missing = make(map[cachestore.Key]*missing)
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
			s.engine.MergePacks(ctx)
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

// walk sends what may have changed below the directories. The channel is closed when
// that was all, or ctx has ended; who does not receive from it ends ctx.
func (s *scan) walk(ctx context.Context, dirs []string) <-chan files.Candidate {
	candidates := make(chan files.Candidate, candidateQueue)
	found := func(c files.Candidate) {
		s.tally.found()
		s.engine.Turn(ctx)
		if s.unchanged(c) {
			return
		}
		select {
		case candidates <- c:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(candidates)
		defer s.tally.allListed()
		s.rules.Walk(ctx, dirs, s.engine.Jobs(), files.Visitor{Found: found, Failed: s.tally.failedDir, Ignored: s.tally.ignored})
	}()
	return candidates
}

// hashSome binds what the store has and notes what it has not. It tells whether there
// may be more candidates, having come across as many missing contents as are enough.
func (s *scan) hashSome(ctx context.Context, candidates <-chan files.Candidate) (more bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	for range s.engine.Jobs() {
		group.Go(func() error {
			r := s.engine.NewScanReader()
			defer r.Close()
			for !s.enough() {
				c, ok := <-candidates
				if !ok {
					return ctx.Err()
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				s.engine.Turn(ctx)
				s.hash(ctx, r, c)
			}
			return ctx.Err()
		})
	}
	err = group.Wait()
	return s.enough(), err
}

func (s *scan) enough() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.missing) >= cmp.Or(s.maxMissing, maxMissing)
}

// unchanged reports whether a candidate need not be read, and counts it then.
func (s *scan) unchanged(c files.Candidate) bool {
	if !c.HasStat {
		return false
	}
	b, ok := s.sink.confirm(c.Path, index.Stat(c.Stat))
	if !ok || s.lost(b) {
		return false
	}
	s.count(c.Path, b, false)
	return true
}

// lost reports whether the store is to be refilled and lacks the summary that a binding
// names: its pack was removed, repaired or evicted, or a base cache is not there.
func (s *scan) lost(b index.Binding) bool {
	store := s.engine.Store()
	return s.refill && store != nil && b.Class == index.ClassSource && !store.Has(summaryKey(b))
}

// hash reads one candidate.
func (s *scan) hash(ctx context.Context, r *contents.ScanReader, c files.Candidate) {
	if c.Type&^fs.ModeIrregular != 0 {
		s.skip(c.Path, &contents.SkipError{Reason: contents.SkipNotRegular})
		return
	}
	src, found, ok := s.read(ctx, r, c.Path)
	if !ok {
		return
	}
	same := found
	same.Same = true
	if b, ok := s.sink.bind(same); ok && !s.lost(b) {
		s.count(c.Path, b, false)
		return
	}
	if summary := s.engine.Lookup(found.Key); summary != nil {
		s.bind(found, summary, false)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.missing[found.Key]
	if m == nil {
		m = &missing{key: found.Key, size: len(src.Text)}
		s.missing[found.Key] = m
	}
	m.files = append(m.files, found)
}

// read reads one file; ok is false when that was all there is to do about it.
func (s *scan) read(ctx context.Context, r *contents.ScanReader, path string) (src contents.File, found reading, ok bool) {
	ticket := s.sink.ticket()
	root, _ := files.Deepest(slices.Values(s.rules.Roots()), path)
	src, err := r.Read(ctx, root, path)
	found = readingOf(src, ticket)
	var skip *contents.SkipError
	switch {
	case errors.As(err, &skip):
		s.skip(path, skip)
		if src.Binding.Class != index.ClassSource {
			s.sink.bind(found)
		}
	case err != nil && ctx.Err() == nil:
		s.tally.failed(path, err)
	}
	return src, found, err == nil
}

// readingOf returns the reading of a file that a walk finds.
func readingOf(f contents.File, ticket uint64) reading {
	return reading{Path: f.Path, Key: f.Key, Binding: f.Binding, Included: true, ticket: ticket}
}

func (s *scan) skip(path string, skip *contents.SkipError) {
	// A file without an extension was looked into only to find out. And a name
	// that is a link or a pipe counts only where the name promised a source.
	if skip.Reason == contents.SkipNoLanguage || skip.Reason == contents.SkipNotRegular && symbols.Detect(path, nil) == nil {
		s.tally.unfound()
		return
	}
	s.tally.skipped(skip.Reason)
}

// bind binds a file to its summary.
func (s *scan) bind(found reading, summary *symbols.Summary, parsed bool) {
	found.Summary = summary
	found.Binding.Symbols = len(summary.Symbols)
	s.sink.bind(found)
	s.sink.flush()
	s.count(found.Path, found.Binding, parsed)
}

// count notes a file that is bound.
func (s *scan) count(path string, b index.Binding, parsed bool) {
	switch b.Class {
	case index.ClassSource:
		s.tally.bound(parsed, b.Symbols, int(b.Size))
	case index.ClassTooLarge:
		s.skip(path, &contents.SkipError{Reason: contents.SkipTooLarge})
	case index.ClassBinary:
		s.skip(path, &contents.SkipError{Reason: contents.SkipBinary})
	default:
		s.skip(path, &contents.SkipError{Reason: contents.SkipNoLanguage})
	}
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
	store := s.engine.Store()
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
	s.engine.Complain(contents.CauseLock, "lock", err)
	return func() {}, true, nil
}

// batches partitions what is missing by shard, beginning at a random place so
// that processes that start together work on different ones.
func (s *scan) batches() [][]*missing {
	all := make([]*missing, 0, len(s.missing))
	for _, m := range s.missing {
		all = append(all, m)
	}
	s.missing = make(map[cachestore.Key]*missing)
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
		if s.engine.Store() == nil {
			return
		}
		value := symbols.Encode(summary)
		mu.Lock()
		defer mu.Unlock()
		records = append(records, cachestore.Record{Key: key, Value: value})
	}

	group, parseCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.engine.Jobs())
	for _, m := range batch {
		group.Go(func() error { return s.resolve(parseCtx, m, publish) })
	}
	err := group.Wait()
	slices.SortFunc(records, func(a, b cachestore.Record) int {
		return cmp.Or(slices.Compare(a.Key.Hash[:], b.Key.Hash[:]), cmp.Compare(a.Key.Language, b.Key.Language))
	})
	if n, putErr := s.engine.Put(records...); n > 0 {
		s.tally.notStored(n, putErr)
	}
	return err
}

// resolve binds the files of one missing content. Each is read again: usually
// the first one still has the content, which serves them all.
func (s *scan) resolve(ctx context.Context, m *missing, publish func(cachestore.Key, *symbols.Summary)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := s.engine.NewScanReader()
	defer r.Close()
	known := make(map[cachestore.Key]*symbols.Summary)
	if summary := s.engine.Lookup(m.key); summary != nil {
		known[m.key] = summary
	}
	for _, file := range m.files {
		if summary := known[m.key]; summary != nil {
			s.bind(file, summary, false)
			continue
		}
		src, found, ok := s.read(ctx, r, file.Path)
		if !ok {
			continue
		}
		summary := known[found.Key]
		if summary == nil && found.Key != m.key {
			summary = s.engine.Lookup(found.Key) // changed since it was listed
		}
		parsed := summary == nil
		if parsed {
			var err error
			if summary, err = s.engine.ParseScanned(ctx, src.Language, src.Text); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s.tally.failed(file.Path, err)
				continue
			}
			publish(found.Key, summary)
		}
		known[found.Key] = summary
		s.bind(found, summary, parsed)
	}
	return nil
}
