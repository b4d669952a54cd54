package workspace

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/symcache/symcache/lsp/index"
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
	hidden := index.New()
	corrected := make(map[string]bool)
	parsing, cancel := context.WithTimeout(ctx, w.engine.answerBudget)
	defer cancel()
	for refills := 0; ; refills++ {
		matches, err := w.search(ctx, q, hidden, overlay)
		if err != nil {
			return nil, err
		}
		stale, moved := w.stale(matches, corrected, overlay)
		if len(stale) == 0 && len(moved) == 0 {
			return matches, nil
		}
		for _, path := range stale {
			switch err := w.look(parsing, path, w.ticket(), false); {
			case err == nil:
				corrected[path] = true
			case errors.Is(err, errOutdated): // the next round reads it with a later ticket
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
func (w *Workspace) search(ctx context.Context, q index.Query, hidden *index.Index, overlay []*index.View) ([]index.Match, error) {
	unreadable := make(map[index.Layer]bool)
	for {
		layers := make([]index.Layer, 0, len(overlay)+1+2*len(w.now().trees))
		for _, v := range overlay {
			layers = append(layers, v)
		}
		layers = append(layers, hidden)
		for _, t := range w.now().trees {
			layers = append(layers, t.layers()...)
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
			w.engine.complain(causeIndex, "read an index from", err)
			unreadable[of.File] = true
			continue
		case errors.As(err, &bug):
			w.engine.report(bug)
		}
		return matches, err
	}
}

// rebuild leaves out what is damaged and waits, for a while, until all files have
// been looked at again.
func (w *Workspace) rebuild(ctx context.Context) {
	for _, t := range w.now().trees {
		if t.dropDamaged() {
			w.engine.log.Info("the index on disk is damaged; building it anew", "root", t.root)
			w.Rescan()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, w.engine.rebuildWait)
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

// stale returns the files of an answer that may have changed since they were read,
// each once, and those that are known to be something else by now. Those that
// overlay has are not looked at, and those that were corrected only for what their stat
// data tell.
func (w *Workspace) stale(matches []index.Match, corrected map[string]bool, overlay []*index.View) (stale, moved []string) {
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
		switch known, ok := t.known(path); {
		case !ok || known.Hash != matches[i].Hash:
			moved = append(moved, path)
		case known.Racy && !corrected[path], !hasStat(path, known.Stat):
			stale = append(stale, path)
		}
	}
	return stale, moved
}

// hasStat tells whether a file has this stat data.
func hasStat(path string, stat index.Stat) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && statOf(info) == stat
}
