package workspace

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

const (
	// answerBudget is how long an answer may take to look at its files, and to read and
	// parse those that have changed unnoticed.
	answerBudget = 20 * time.Millisecond

	// maxRefills is how often an answer is filled up from the next results when some of its
	// files have changed. After a checkout of another branch all of them may have. Then the
	// answer is short, for as long as the scan takes.
	maxRefills = 8
)

// Search looks for symbols. A path that a buffer has is looked for only there. Every other
// file in the answer still is what it was when it was read:
//
//	search ──▶ has each file its stat data? ── yes ──▶ answer
//	  ▲                  │ no
//	  │                  ▼
//	  └── read the others again; hide from this answer those for which there is no time
//
// The error is ctx's, or says that the search has failed.
func (w *Workspace) Search(ctx context.Context, q index.Query, buffers ...*index.View) ([]index.Match, error) {
	hidden := index.NewMemory()
	corrected := make(map[string]bool)
	// Reading ends before checking does, so that the results that take the place of hidden
	// ones can be checked.
	checking, cancel := context.WithTimeout(ctx, w.answerBudget*3/2)
	defer cancel()
	reading, cancelReading := context.WithTimeout(checking, w.answerBudget)
	defer cancelReading()
	for refills := 0; ; refills++ {
		matches, err := w.search(ctx, q, hidden, buffers)
		if err != nil {
			return nil, err
		}
		stale, superseded := w.stale(checking, matches, corrected, buffers)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(stale) == 0 && len(superseded) == 0 {
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
				return slices.Contains(stale, m.Path) || slices.Contains(superseded, m.Path)
			}), nil
		}
	}
}

// CountKinds counts the symbols that match a query, by kind. A path that buffers have is looked
// for only there. A file that has changed a moment ago is counted as it was before.
func (w *Workspace) CountKinds(ctx context.Context, q index.Query, buffers ...*index.View) (index.KindCounts, error) {
	return inLayers(ctx, w, index.NewMemory(), buffers, func(layers []index.Layer) (index.KindCounts, error) {
		return index.CountKinds(ctx, q, layers...)
	})
}

// search looks in all layers as they are now.
func (w *Workspace) search(ctx context.Context, q index.Query, hidden *index.Memory, buffers []*index.View) ([]index.Match, error) {
	return inLayers(ctx, w, hidden, buffers, func(layers []index.Layer) ([]index.Match, error) {
		return index.Search(ctx, q, layers...)
	})
}

// inLayers asks all layers as they are now. It leaves out an index file that is damaged,
// which is made again, and one that cannot be read.
func inLayers[Answer any](ctx context.Context, w *Workspace, hidden *index.Memory, buffers []*index.View,
	ask func([]index.Layer) (Answer, error)) (Answer, error) {
	unreadable := make(map[index.Layer]bool)
	for {
		layers := make([]index.Layer, 0, len(buffers)+1+2*len(w.now().Trees()))
		for _, v := range buffers {
			layers = append(layers, v)
		}
		layers = append(layers, hidden)
		for _, t := range w.now().Trees() {
			layers = append(layers, t.Layers()...)
		}
		layers = slices.DeleteFunc(layers, func(l index.Layer) bool { return unreadable[l] })
		answer, err := ask(layers)
		var of *index.FileError
		var bug *index.PanicError
		switch {
		case errors.Is(err, index.ErrClosed): // another index file has taken its place
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
		return answer, err
	}
}

// rebuild drops damaged index files, and waits for rebuildWait until all files have been
// looked at again.
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

// reportBug logs a panic of a search, the first one with its stack.
func (w *Workspace) reportBug(bug *index.PanicError) {
	w.bugs.Do(func() {
		w.engine.Log().Error("a search has failed: this is a bug of symcache, please report it", "panic", bug.Value, "stack", string(bug.Stack))
	})
	w.engine.Log().Debug("a search has failed", "panic", bug.Value)
}
