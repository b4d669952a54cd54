package answers

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/timing"
)

// maxHints bounds the paths that wait to be looked at, some 100 bytes each. With more,
// everything is looked at.
const maxHints = 32 << 10

// hints are paths that the client says have changed, on their way to the workspace. Adding a
// path does not wait; the workspace waits for the disk to look at it.
type hints struct {
	mu     sync.Mutex
	paths  map[string]bool
	more   bool          // than are kept in paths
	wake   chan struct{} // has a token when there are paths to take
	passed chan struct{} // closed when all have been passed on
	passes bool          // some are just being passed on
}

func newHints() hints {
	passed := make(chan struct{})
	close(passed)
	return hints{paths: make(map[string]bool), wake: make(chan struct{}, 1), passed: passed}
}

func (h *hints) add(paths []string) {
	if len(paths) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.empty() && !h.passes {
		h.passed = make(chan struct{})
	}
	for _, path := range paths {
		h.paths[path] = true
	}
	if len(h.paths) > maxHints {
		h.paths, h.more = make(map[string]bool), true
	}
	select {
	case h.wake <- struct{}{}:
	default: // the token of others is still there
	}
}

// empty reports, with mu held, that nothing waits.
func (h *hints) empty() bool { return len(h.paths) == 0 && !h.more }

// pass hands all paths over, and calls more first when there were more.
func (h *hints) pass(to func(paths ...string), more func()) {
	h.mu.Lock()
	if h.empty() {
		h.mu.Unlock()
		return // they were taken with those of the token before
	}
	paths, all := slices.Collect(maps.Keys(h.paths)), !h.more
	clear(h.paths)
	h.more, h.passes = false, true
	h.mu.Unlock()
	if !all {
		more()
	}
	to(paths...)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passes = false; h.empty() {
		close(h.passed)
	}
}

// done is closed when all paths so far have been passed on.
func (h *hints) done() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.passed
}

// Changed has files and directories looked at again, soon, of which the client says that
// they have changed. It does not wait. URIs that name no file are passed over.
func (s *Session) Changed(uris ...string) {
	var paths []string
	for _, uri := range uris {
		if path, ok := FilePath(uri); ok {
			paths = append(paths, s.folders.now().toCanonical(path))
		}
	}
	s.hints.add(paths)
}

// passHints passes hints on to the workspace, until ctx ends.
func (s *Session) passHints(ctx context.Context) {
	for {
		select {
		case <-s.hints.wake:
			s.hints.pass(s.workspace.Changed, s.workspace.Rescan)
		case <-ctx.Done():
			return
		}
	}
}

// settle waits until the files that changed before, as the client or the disk said, have
// been read again, but no longer than Waits.Settle.
func (s *Session) settle(ctx context.Context) {
	defer timing.In(ctx, timing.Saved)()
	ctx, cancel := context.WithTimeout(ctx, s.options.Waits.Settle)
	defer cancel()
	select {
	case <-s.hints.done():
		s.workspace.Settle(ctx)
	case <-ctx.Done():
	}
}
