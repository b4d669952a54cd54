package workspace

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
)

// stale returns two kinds of files of an answer, each file once. Stale files may have
// changed since they were read. Superseded ones have been read again since the search, and
// are bound to another content. Files that buffers have are in neither. A corrected file was
// read for this answer: only its stat data are compared. When ctx ends, files that were not
// looked at are stale.
func (w *Workspace) stale(ctx context.Context, matches []index.Match, corrected map[string]bool, buffers []*index.View) (stale, superseded []string) {
	var checks []statCheck
	checked := make(map[string]bool, len(matches))
	for i := range matches {
		path := matches[i].Path
		if checked[path] || slices.ContainsFunc(buffers, func(v *index.View) bool { return v.Has(path) }) {
			continue
		}
		checked[path] = true
		t := w.tree(path)
		if t == nil {
			superseded = append(superseded, path) // its root has just gone
			continue
		}
		switch known, ok := t.Known(path); {
		case !ok || known.Hash != matches[i].Hash:
			superseded = append(superseded, path)
		case known.Racy && !corrected[path]:
			stale = append(stale, path)
		default:
			checks = append(checks, statCheck{path, known.Stat})
		}
	}
	return append(stale, w.changed(ctx, checks)...), superseded
}

// statCheck is a file with the stat data that it had when it was read.
type statCheck struct {
	path string
	stat index.Stat
}

// changed returns the files whose stat data are others now, or not known before ctx ends.
// It asks about all in one go, which takes a microsecond for each. Where that takes a
// quarter of the budget, some disk is slow or away: then it asks one by one, and waits a
// tenth of the budget for each.
func (w *Workspace) changed(ctx context.Context, checks []statCheck) (changed []string) {
	if len(checks) == 0 {
		return nil
	}
	if !slices.ContainsFunc(checks, func(c statCheck) bool { return w.engine.Hangs().Has(c.path) }) {
		together, cancel := context.WithTimeout(ctx, w.answerBudget/4)
		defer cancel()
		result := make(chan []string, 1)
		go func() {
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
		}()
		select {
		case differ := <-result:
			return differ
		case <-together.Done():
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

// hasStat reports whether a file has this stat data.
func hasStat(path string, stat index.Stat) bool {
	now, regular, err := door.StatPath(path)
	return err == nil && regular && index.Stat(now) == stat
}

// lookInTime looks at the files of an answer until ctx ends. It returns the error of each
// look. A look that ends later serves the next answer.
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
		return cmp.Or(err, hanging.ErrHangs)
	}
}
