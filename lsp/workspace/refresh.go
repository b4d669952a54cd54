package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

const (
	// refreshWait is how long one touched file may hold up the others. A disk that has to
	// start spinning takes less.
	refreshWait = 10 * time.Second

	// manyTouched is how many files must wait for a look until parsing them counts as a
	// scan. A person saves some files at once; a checkout of another branch touches
	// thousands.
	manyTouched = 16
)

// Touch makes Run look at a file again soon. It never waits. The path is absolute.
func (w *Workspace) Touch(path string) { w.queue.add(path) }

// Settle waits until all files touched before the call have been looked at, or ctx ends.
func (w *Workspace) Settle(ctx context.Context) { w.queue.settle(ctx) }

// Run looks at the files that are touched, stores new summaries, and keeps the index files
// up to date, until ctx ends. It is called once.
func (w *Workspace) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	tasks.Go(func() { w.maintain(ctx) })
	tasks.Go(func() { w.keepUp(ctx) })
	tasks.Go(func() {
		for ctx.Err() == nil {
			_, _ = w.engine.Put(w.records.take(ctx)...) // ignore error: Put has logged it
		}
	})
	for {
		path, ok := w.queue.next(ctx)
		if !ok {
			return
		}
		err := w.refreshInTime(ctx, path)
		if files.IsPassing(err) {
			w.scans.askRetry()
		}
		if err != nil && ctx.Err() == nil {
			w.engine.Log().Warn("cannot look at a changed file", "path", path, "err", err)
		}
		w.queue.done()
	}
}

// refreshInTime is refresh, but leaves a file on a disk that does not answer.
func (w *Workspace) refreshInTime(ctx context.Context, path string) error {
	waiting, cancel := context.WithTimeout(ctx, refreshWait)
	defer cancel()
	result := make(chan error, 1)
	// refresh gets ctx: a content that takes longer to parse is still wanted.
	if err := w.engine.Hangs().Do(waiting, path, func() { result <- w.refresh(ctx, path) }); err != nil {
		w.scans.askRetry()
		return fmt.Errorf("look at %s: %w", path, cmp.Or(ctx.Err(), hanging.ErrHangs))
	}
	return <-result
}

// refresh looks at a file that was touched: it binds the file if it belongs to a root, else
// unbinds it. New summaries are stored later, so that the next file does not wait for the
// disk.
func (w *Workspace) refresh(ctx context.Context, path string) error {
	version := w.clock.Next()
	named := path
	path, err := door.CanonicalPath(named)
	if err != nil {
		w.unbind(path, version)
		return err
	}
	if dir, err := door.CanonicalPath(filepath.Dir(named)); err == nil {
		switch entry := filepath.Join(dir, filepath.Base(named)); {
		case entry == path:
		case isIrregular(entry), door.SameFile(entry, path):
			w.unbind(entry, version) // it is a link now, or has another spelling on the disk
		default:
			w.Touch(entry) // a link above it leads elsewhere now
		}
	}
	if !w.rules.Includes(path) {
		w.unbind(path, version) // an ignore file may have changed
		return nil
	}
	parse := w.engine.Parse
	if w.queue.length() >= manyTouched {
		parse = w.engine.ParseScanned
	}
	if err := w.look(ctx, bindings.Reading{Path: path, Version: version, Listed: true}, parse); !errors.Is(err, errStale) {
		return err
	}
	return nil // it is looked at again
}

// isIrregular reports whether something is at a path that is no regular file.
func isIrregular(path string) bool {
	kind, err := door.TypeOf(path)
	return err == nil && !kind.IsRegular()
}
