package workspace

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// Recomputed tells how the store agrees with what parsing gives.
type Recomputed struct {
	Files  int // sources parsed again
	Absent int // of those, the ones that the store has nothing of
	// Different are the files whose stored summary is not what parsing gives.
	Different []Different
}

// Different is a file whose stored summary is wrong.
type Different struct {
	Path string
	Key  cachestore.Key
}

// Recompute parses all sources below a directory and compares them with what the
// store has. It stores nothing. Files that cannot be read are passed over; the error is that
// of the directory, of the store, or ctx's.
func (e *Engine) Recompute(ctx context.Context, dir string) (Recomputed, error) {
	root, err := files.Canonical(dir)
	if err != nil {
		return Recomputed{}, err
	}
	var mu sync.Mutex
	var r Recomputed
	candidates := make(chan files.Candidate, candidateQueue)
	group, ctx := errgroup.WithContext(ctx)
	var unread error // the root cannot be listed: nothing was compared
	group.Go(func() error {
		defer close(candidates)
		e.rules([]string{root}, nil).Walk(ctx, []string{root}, e.config.Jobs, files.Visitor{
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
				e.log.Debug("cannot walk", "path", path, "err", err)
			},
			Ignored: func() {},
		})
		return errors.Join(unread, ctx.Err())
	})
	for range e.config.Jobs {
		group.Go(func() error {
			reader := e.reader()
			for c := range candidates {
				key, absent, same, err := e.recompute(ctx, reader, root, c.Path)
				if errors.Is(err, ErrSkipped) {
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
				case !same:
					r.Different = append(r.Different, Different{Path: c.Path, Key: key})
				}
				mu.Unlock()
			}
			return nil
		})
	}
	err = group.Wait()
	return r, err
}

// RemoveDifferent removes summaries that are wrong from the store, and the indexes that
// have the same symbols.
func (e *Engine) RemoveDifferent(ctx context.Context, different []Different) error {
	wrong := make(map[cachestore.Key]bool)
	for _, d := range different {
		if err := e.config.Store.Delete(d.Key); err != nil {
			return err
		}
		wrong[d.Key] = true
	}
	if len(wrong) == 0 {
		return nil
	}
	_, err := e.config.Store.RemoveIndexes(ctx, wrong, IndexKeys)
	return err
}

// recompute compares one file.
func (e *Engine) recompute(ctx context.Context, r *reader, root, path string) (key cachestore.Key, absent, same bool, err error) {
	src, err := r.read(ctx, root, path)
	if err != nil {
		if !errors.Is(err, ErrSkipped) {
			e.log.Debug("cannot read", "path", path, "err", err)
		}
		return key, false, false, ErrSkipped
	}
	if key, err = e.key(src.lang, src.hash); err != nil {
		return key, false, false, err
	}
	stored, err := e.config.Store.Get(key)
	if errors.Is(err, cachestore.ErrMiss) {
		return key, true, false, nil
	}
	if err != nil {
		return key, false, false, err
	}
	summary, err := e.parse(ctx, src.lang, src.content)
	if err != nil {
		return key, false, false, err
	}
	return key, false, bytes.Equal(stored, symbols.Encode(summary)), nil
}
