package workspace

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

const (
	// answerBudget is how long an answer may take to look at its files, and to read and
	// parse those that have changed unnoticed.
	answerBudget = 20 * time.Millisecond

	// maxRefills is how often an answer is filled up from the next results when some
	// of its files have changed. After a checkout of another branch that may be all of
	// them; then it is short, for as long as the scan takes.
	maxRefills = 8
)

// Search looks for symbols. A path that overlay has is looked for only there. Every
// file in the answer still is what it was when it was read.
func (w *Workspace) Search(ctx context.Context, q index.Query, overlay ...*index.View) ([]index.Match, error) {
	// What cannot be made right in time is hidden from this answer.
	hidden := index.NewMemory()
	corrected := make(map[string]bool)
	// Reading does not take all the time, so that the results can be checked that take the
	// place of what was not read.
	checking, cancel := context.WithTimeout(ctx, w.answerBudget*3/2)
	defer cancel()
	reading, cancelReading := context.WithTimeout(checking, w.answerBudget)
	defer cancelReading()
	for refills := 0; ; refills++ {
		matches, err := w.search(ctx, q, hidden, overlay)
		if err != nil {
			return nil, err
		}
		stale, moved := w.stale(checking, matches, corrected, overlay)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(stale) == 0 && len(moved) == 0 {
			return matches, nil
		}
		looked := w.lookInTime(reading, stale)
		for _, path := range stale {
			switch err := looked(path); {
			case err == nil:
				corrected[path] = true
			case errors.Is(err, errStale): // the next round reads it with a later version
			default:
				hidden.Set(path, index.Document{})
				w.Touch(path)
			}
		}
		if refills == maxRefills {
			return slices.DeleteFunc(matches, func(m index.Match) bool {
				return slices.Contains(stale, m.Path) || slices.Contains(moved, m.Path)
			}), nil
		}
	}
}

// search looks in all layers as they are now. An index file that is damaged is left out,
// and built anew; one that cannot be read is left out of this answer.
func (w *Workspace) search(ctx context.Context, q index.Query, hidden *index.Memory, overlay []*index.View) ([]index.Match, error) {
	unreadable := make(map[index.Layer]bool)
	for {
		layers := make([]index.Layer, 0, len(overlay)+1+2*len(w.now().Trees()))
		for _, v := range overlay {
			layers = append(layers, v)
		}
		layers = append(layers, hidden)
		for _, t := range w.now().Trees() {
			layers = append(layers, t.Layers()...)
		}
		layers = slices.DeleteFunc(layers, func(l index.Layer) bool { return unreadable[l] })
		matches, err := index.Search(ctx, q, layers...)
		var of *index.FileError
		var bug *index.PanicError
		switch {
		case errors.Is(err, index.ErrClosed): // another one has taken its place
			continue
		case errors.Is(err, index.ErrDamaged):
			w.rebuild(ctx)
			continue
		case errors.As(err, &of):
			w.engine.Complain(contents.CauseIndex, "read an index from", err)
			unreadable[of.File] = true
			continue
		case errors.As(err, &bug):
			w.reportBug(bug)
		}
		return matches, err
	}
}

// rebuild leaves out what is damaged and waits, for a while, until all files have
// been looked at again.
func (w *Workspace) rebuild(ctx context.Context) {
	for _, t := range w.now().Trees() {
		if t.DropDamaged() {
			w.engine.Log().Info("the index on disk is damaged; building it anew", "root", t.Root())
			w.Rescan()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, w.rebuildWait)
	defer cancel()
	defer w.Hurry()()
	for !w.Complete() && ctx.Err() == nil {
		ended := w.scans.next()
		if w.Complete() {
			return
		}
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
}

// lookInTime is look for the files of an answer, which waits no longer than ctx for all of
// them. It returns what became of each; what comes later is for the next answer.
func (w *Workspace) lookInTime(ctx context.Context, paths []string) (result func(path string) error) {
	var mu sync.Mutex
	looked := make(map[string]error, len(paths))
	err := w.engine.Hangs().Each(ctx, paths, func(path string) {
		err := w.look(ctx, bindings.Reading{Path: path, Version: w.clock.Next()}, w.engine.Parse)
		mu.Lock()
		defer mu.Unlock()
		looked[path] = err
	})
	return func(path string) error {
		mu.Lock()
		defer mu.Unlock()
		if of, ok := looked[path]; ok {
			return of
		}
		return cmp.Or(err, files.ErrHangs)
	}
}

// stale returns the files of an answer that may have changed since they were read,
// each once, and those that are known to be something else by now. Those that
// overlay has are not looked at, and those that were corrected only for what their stat
// data tell. A file that could not be looked at before ctx ends may have changed.
func (w *Workspace) stale(ctx context.Context, matches []index.Match, corrected map[string]bool, overlay []*index.View) (stale, moved []string) {
	var unsure []statCheck
	checked := make(map[string]bool, len(matches))
	for i := range matches {
		path := matches[i].Path
		if checked[path] || slices.ContainsFunc(overlay, func(v *index.View) bool { return v.Has(path) }) {
			continue
		}
		checked[path] = true
		t := w.tree(path)
		if t == nil {
			moved = append(moved, path) // its root has just gone
			continue
		}
		switch known, ok := t.Known(path); {
		case !ok || known.Hash != matches[i].Hash:
			moved = append(moved, path)
		case known.Racy && !corrected[path]:
			stale = append(stale, path)
		default:
			unsure = append(unsure, statCheck{path, known.Stat})
		}
	}
	return append(stale, w.changed(ctx, unsure)...), moved
}

// statCheck is a file with the stat data that it had when it was read.
type statCheck struct {
	path string
	stat index.Stat
}

// changed returns the files that do not have their stat data any more, or of which
// nobody knows before ctx ends. All are asked about in one go, which takes a
// microsecond for each. Where that takes a quarter of the budget, some disk is slow or
// away, and they are asked about one by one, none longer than a tenth of what is left.
func (w *Workspace) changed(ctx context.Context, checks []statCheck) (changed []string) {
	if len(checks) == 0 {
		return nil
	}
	if !slices.ContainsFunc(checks, func(c statCheck) bool { return w.engine.Hangs().Has(c.path) }) {
		together, cancel := context.WithTimeout(ctx, w.answerBudget/4)
		defer cancel()
		result := make(chan []string, 1)
		err := askAll(together, func() {
			var differ []string
			for _, c := range checks {
				if together.Err() != nil {
					return
				}
				if !w.hasStat(c.path, c.stat) {
					differ = append(differ, c.path)
				}
			}
			result <- differ
		})
		if err == nil && len(result) > 0 {
			return <-result
		}
	}
	for _, c := range checks {
		same := make(chan bool, 1)
		one, cancel := context.WithTimeout(ctx, w.answerBudget/10)
		err := w.engine.Hangs().Do(one, c.path, func() { same <- w.hasStat(c.path, c.stat) })
		cancel()
		if err != nil || !<-same {
			changed = append(changed, c.path)
		}
	}
	return changed
}

// askAll runs f and waits for it until ctx ends.
func askAll(ctx context.Context, f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hasStat reports whether a file has this stat data.
func hasStat(path string, stat index.Stat) bool {
	now, regular, err := files.StatPath(path)
	return err == nil && regular && index.Stat(now) == stat
}

// reportBug logs a panic of a search, the first one with its stack.
func (w *Workspace) reportBug(bug *index.PanicError) {
	w.bugs.Do(func() {
		w.engine.Log().Error("a search has failed: this is a bug of symcache, please report it", "panic", bug.Value, "stack", string(bug.Stack))
	})
	w.engine.Log().Debug("a search has failed", "panic", bug.Value)
}
