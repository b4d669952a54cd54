package scan

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

const (
	// A batch is what a crash can lose, what one pack holds, and what other processes wait
	// for: shards whose missing contents are so many bytes or files together. 4 MiB are
	// parsed in a few tenths of a second. Writing a pack costs some milliseconds.
	batchBytes = 4 << 20
	batchFiles = 512

	// batchesAtOnce keeps the processors busy while one batch is being written.
	batchesAtOnce = 2
)

// missing is a content that the store does not have, and the files that had it. Their text
// is not kept, since thousands of them wait at once: it is read again.
type missing struct {
	key   cachestore.Key
	size  int                // bytes
	files []bindings.Reading // without a summary
}

// parseMissing works through the batches. A batch whose locks another process holds comes
// back when nothing else is left to do: its results may be there to be read then.
func (s *scan) parseMissing(ctx context.Context) error {
	todo := s.batches()
	for patient := false; len(todo) > 0; {
		left, err := s.round(ctx, todo, patient)
		if err != nil {
			return err
		}
		patient = len(left) == len(todo) // others hold all that is left: the next round waits
		todo = left
	}
	return nil
}

// batches empties s.missing and partitions it by shard. It begins at a random place, so that
// processes that start together work on different shards.
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

// round tries each batch once and returns those that other processes hold.
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

// lock takes the locks of a batch's shards. It is false when another process has one of
// them. A store that cannot lock is used without: equal keys mean equal summaries, and the
// locks only save work. The error is ctx's.
func (s *scan) lock(ctx context.Context, batch []*missing, patient bool) (unlock func(), ok bool, err error) {
	store := s.Engine.Store()
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
	s.Engine.Complain(contents.CauseLock, "lock", err)
	return func() {}, true, nil
}

// work parses what is still missing of a batch and stores it as one pack, or a single
// summary as a loose entry. When ctx ends it stores what is parsed by then.
func (s *scan) work(ctx context.Context, batch []*missing) error {
	var mu sync.Mutex
	var records []cachestore.Record
	publish := func(key cachestore.Key, summary *symbols.Summary) {
		if s.Engine.Store() == nil {
			return
		}
		value := symbols.Encode(summary)
		mu.Lock()
		defer mu.Unlock()
		records = append(records, cachestore.Record{Key: key, Value: value})
	}

	group, parseCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.Engine.Jobs())
	for _, m := range batch {
		group.Go(func() error { return s.resolve(parseCtx, m, publish) })
	}
	err := group.Wait()
	slices.SortFunc(records, func(a, b cachestore.Record) int {
		return cmp.Or(slices.Compare(a.Key.Hash[:], b.Key.Hash[:]), cmp.Compare(a.Key.Language, b.Key.Language))
	})
	if n, putErr := s.Engine.Put(records...); n > 0 {
		s.tally.notStored(n, putErr)
	}
	return err
}

// resolve binds the files of one missing content. The first is read again and parsed, and
// if it still has the content, its summary serves the others. A file that has changed is
// bound to what it has now.
func (s *scan) resolve(ctx context.Context, m *missing, publish func(cachestore.Key, *symbols.Summary)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := s.Engine.NewScanReader()
	known := make(map[cachestore.Key]*symbols.Summary)
	if summary := s.Engine.Lookup(m.key); summary != nil {
		known[m.key] = summary
	}
	for _, found := range m.files {
		if found.Summary = known[m.key]; found.Summary != nil && s.bind(found, found.Binding, false) {
			continue
		}
		if err := s.parse(ctx, r, found.Path, known, publish); err != nil {
			return err
		}
	}
	return nil
}

// parse reads a file again and binds it to a known summary or, by parsing it, to a new one.
// The error is ctx's.
func (s *scan) parse(ctx context.Context, r *contents.ScanReader, path string,
	known map[cachestore.Key]*symbols.Summary, publish func(cachestore.Key, *symbols.Summary)) error {
	parsed := false
	for {
		f, found, ok := s.read(ctx, r, path)
		if !ok {
			return ctx.Err()
		}
		if found.Summary = known[f.Key]; found.Summary == nil {
			if found.Summary = s.Engine.Lookup(f.Key); found.Summary == nil {
				var err error
				if found.Summary, err = s.Engine.ParseScanned(ctx, f.Language, f.Text); err != nil {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					s.tally.fail(path, err)
					return nil
				}
				parsed = true
				publish(f.Key, found.Summary)
			}
			known[f.Key] = found.Summary
		}
		if s.bind(found, found.Binding, parsed) {
			return nil
		}
	}
}
