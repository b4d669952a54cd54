package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// refreshWait is how long one touched file may hold up the others. A disk that has
// to start spinning takes less.
const refreshWait = 10 * time.Second

// manyTouched is how many files must wait for a look until parsing them counts as a
// scan. A person saves some files at once; a checkout of another branch touches thousands.
const manyTouched = 16

// Touch has a file looked at again, soon and in the background. It never waits.
// The path is absolute.
func (w *Workspace) Touch(path string) { w.queue.add(path) }

// Settle waits until all files touched before the call have been bound to what
// they hold, or ctx ends.
func (w *Workspace) Settle(ctx context.Context) { w.queue.settle(ctx) }

// Run looks at the files that are touched, stores what is new, and keeps the
// indexes up to date, until ctx ends. It is called once.
func (w *Workspace) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	tasks.Go(func() { w.maintain(ctx) })
	tasks.Go(func() { w.keepUp(ctx) })
	tasks.Go(func() {
		for ctx.Err() == nil {
			_, _ = w.engine.Put(w.records.take(ctx)...) // ignore error: put has told it
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
	// Not with the shorter time: a content that takes longer to parse is still wanted.
	if err := w.engine.Hangs().Do(waiting, path, func() { result <- w.refresh(ctx, path) }); err != nil {
		w.scans.askRetry()
		return fmt.Errorf("look at %s: %w", path, cmp.Or(ctx.Err(), files.ErrHangs))
	}
	return <-result
}

// refresh reads a file and binds it if it belongs to a root. If its summary is new
// it is stored later, so that answers do not wait for the disk.
func (w *Workspace) refresh(ctx context.Context, path string) error {
	ticket := w.ticket()
	named := path
	path, err := files.CanonicalPath(named)
	if err != nil {
		w.forget(path, ticket)
		return err
	}
	if dir, err := files.CanonicalPath(filepath.Dir(named)); err == nil {
		switch entry := filepath.Join(dir, filepath.Base(named)); {
		case entry == path:
		case isIrregular(entry), files.SameFile(entry, path):
			w.forget(entry, ticket) // it is a link now, or what the disk spells otherwise
		default:
			w.Touch(entry) // a link above it leads elsewhere now
		}
	}
	if !w.rules.Includes(path) {
		w.forget(path, ticket) // an ignore file may have changed
		return nil
	}
	parse := w.engine.Parse
	if w.queue.length() >= manyTouched {
		parse = w.engine.ParseScanned
	}
	if err := w.lookBy(ctx, path, ticket, true, parse); !errors.Is(err, errOutdated) {
		return err
	}
	return nil // it is looked at again
}

// errOutdated is the error of a file that was not bound, as a scan has ended meanwhile.
var errOutdated = errors.New("read before a scan that has ended")

// look is lookBy for a request.
func (w *Workspace) look(ctx context.Context, path string, ticket uint64, included bool) error {
	return w.lookBy(ctx, path, ticket, included, w.engine.Parse)
}

// lookBy reads a file, as of a ticket, and binds it if it is known or included. A content
// that the store does not have is parsed by parse. The error is that of a file that
// cannot be read or, of ctx, of one that was not parsed, or errOutdated.
func (w *Workspace) lookBy(ctx context.Context, path string, ticket uint64, included bool, parse contents.ParseFunc) error {
	src, err := w.engine.NewReader().Read(ctx, w.rootOf(path), path)
	if err != nil {
		return w.notSource(src, ticket, included, err)
	}
	found := readingOf(src, ticket)
	found.Included = included
	same := found
	same.Same = true
	if _, ok, outdated := w.bindInTime(same); outdated {
		return errOutdated
	} else if ok {
		return nil
	}
	summary := w.engine.Lookup(found.Key)
	if summary == nil {
		if summary, err = parse(ctx, src.Language, src.Text); err != nil {
			if ctx.Err() == nil {
				w.forget(path, ticket)
			}
			return err
		}
		if !w.records.add(cachestore.Record{Key: found.Key, Value: symbols.Encode(summary)}) {
			w.scans.askRetry() // which stores it
		}
	}
	found.Summary = summary
	found.Binding.Symbols = len(summary.Symbols)
	if _, _, outdated := w.bindInTime(found); outdated {
		return errOutdated
	}
	return nil
}

// notSource notes a file that is no source any more, or of which nobody can tell
// what it holds: what it held is no answer.
func (w *Workspace) notSource(src contents.File, ticket uint64, included bool, err error) error {
	var skip *contents.SkipError
	if errors.As(err, &skip) && src.Binding.Class != index.ClassSource {
		none := readingOf(src, ticket)
		none.Included = included
		w.bind(none)
		return nil
	}
	w.forget(src.Path, ticket)
	if errors.Is(err, contents.ErrSkipped) {
		return nil
	}
	return err
}

// forget unbinds a file.
func (w *Workspace) forget(path string, ticket uint64) {
	if t := w.tree(path); t != nil && t.unbind(path, ticket) {
		w.Touch(path)
	}
}

// isIrregular reports whether something is at a path that is no regular file.
func isIrregular(path string) bool {
	kind, err := files.TypeOf(path)
	return err == nil && !kind.IsRegular()
}
