package scan

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// Recomputed says how the store agrees with what parsing gives.
type Recomputed struct {
	Files  int // sources parsed again
	Absent int // of those, the ones that the store has nothing of
	// Different are the files whose stored summary is not what parsing gives.
	Different []Different
}

// Different is a file whose stored summary is not what parsing gives.
type Different struct {
	Path  string
	Key   cachestore.Key
	Own   bool     // the own cache has such a summary
	Bases []string // the base caches that have one, and keep it: directories of their namespaces
}

// Recompute parses all sources below a root of the rules and compares them with what the
// store has. It stores nothing, and passes over files that cannot be read. The error is that
// of the root, of the store, or ctx's.
func Recompute(ctx context.Context, e *contents.Engine, rules *files.Rules, root string) (Recomputed, error) {
	var mu sync.Mutex
	var r Recomputed
	candidates := make(chan files.Candidate, candidateQueue)
	group, ctx := errgroup.WithContext(ctx)
	var unread error // the root cannot be listed: nothing was compared
	group.Go(func() error {
		defer close(candidates)
		rules.Walk(ctx, []string{root}, e.Jobs(), files.Visitor{
			Found: func(c files.Candidate) {
				select {
				case candidates <- c:
				case <-ctx.Done():
				}
			},
			Failed: func(path string, err error) {
				if errors.Is(err, files.ErrRootUnread) {
					unread = err // one goroutine lists the root
				}
				e.Log().Debug("cannot walk", "path", path, "err", err)
			},
			Ignored: func(string, files.Reason) {},
		})
		return errors.Join(unread, ctx.Err())
	})
	for range e.Jobs() {
		group.Go(func() error {
			reader := e.NewScanReader()
			for c := range candidates {
				absent, different, err := recompute(ctx, e, reader, root, c.Path)
				if errors.Is(err, contents.ErrSkipped) {
					continue
				}
				if err != nil {
					return err
				}
				mu.Lock()
				r.Files++
				switch {
				case absent:
					r.Absent++
				case different != nil:
					r.Different = append(r.Different, *different)
				}
				mu.Unlock()
			}
			return nil
		})
	}
	err := group.Wait()
	return r, err
}

// RemoveDifferent removes wrong summaries from the own cache, and the indexes that have the same symbols. Those in base
// caches stay.
func RemoveDifferent(ctx context.Context, store *cachestore.Store, different []Different) error {
	wrong := make(map[cachestore.Key]bool)
	for _, d := range different {
		if d.Own {
			wrong[d.Key] = true
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	if _, err := store.Remove(ctx, slices.Collect(maps.Keys(wrong))); err != nil {
		return err
	}
	_, err := store.RemoveIndexes(ctx, wrong, bindings.IndexKeys)
	return err
}

// recompute compares one file. It returns nil for one that is stored as it should be.
func recompute(ctx context.Context, e *contents.Engine, r *contents.ScanReader, root, path string) (absent bool, different *Different, err error) {
	src, err := r.Read(ctx, root, path)
	if err != nil {
		if !errors.Is(err, contents.ErrSkipped) {
			e.Log().Debug("cannot read", "path", path, "err", err)
		}
		return false, nil, contents.ErrSkipped
	}
	key := src.Key
	copies, err := e.Store().Copies(key)
	if err != nil {
		return false, nil, err
	}
	if len(copies) == 0 {
		return true, nil, nil
	}
	summary, err := e.Parse(ctx, src.Language, src.Text)
	if err != nil {
		return false, nil, err
	}
	want := symbols.Encode(summary)
	found := Different{Path: path, Key: key}
	for _, c := range copies {
		switch {
		case bytes.Equal(c.Value, want):
		case c.Dir == e.Store().Dir():
			found.Own = true
		default:
			found.Bases = append(found.Bases, c.Dir)
		}
	}
	if !found.Own && len(found.Bases) == 0 {
		return false, nil, nil
	}
	return false, &found, nil
}
