package lsp

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace"
)

// folders are the workspace folders as the client names them, and what they are to us.
type folders struct {
	mu      sync.Mutex
	dirs    []string      // the client's paths, as it wants them
	roots   roots         // as they are; never changed, but replaced
	changed chan struct{} // has a token when dirs are to be resolved anew
	known   chan struct{} // closed when the first ones are roots of the workspace
}

func newFolders() folders {
	return folders{changed: make(chan struct{}, 1), known: make(chan struct{})}
}

// now returns the roots as they are.
func (f *folders) now() roots {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.roots
}

// want returns the directories that the client wants.
func (f *folders) want() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dirs
}

// set makes directories the roots, but for those that cannot be used.
func (f *folders) set(dirs []workspace.Root) {
	var next roots
	for _, dir := range dirs {
		if dir.Err == nil {
			next = append(next, root{client: dir.Named, canonical: dir.Dir})
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.roots = next
}

// resolver asks the file systems for the canonical names of folders. A file system that
// hangs costs one goroutine for each folder on it, and holds up no other folder.
type resolver struct {
	canonical func(dir string) (string, error) // may never return
	late      func()                           // called when an answer comes that nobody waits for any more

	mu    sync.Mutex
	asked map[string]*question // that have no answer yet, by folder
}

// question is what a file system was asked about a folder.
type question struct {
	answered chan struct{}  // closed when answer is there
	answer   workspace.Root // not changed after that
	missed   bool           // somebody did not wait for it; under the resolver's mu
}

func newResolver(late func()) *resolver {
	return &resolver{canonical: workspace.Canonical, late: late, asked: make(map[string]*question)}
}

// resolve returns what is known of folders after a wait, which ends early when all have
// answered or ctx has ended. A folder without an answer has an error.
func (r *resolver) resolve(ctx context.Context, dirs []string, wait time.Duration) []workspace.Root {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	questions := make([]*question, len(dirs))
	for i, dir := range dirs {
		questions[i] = r.ask(dir)
	}
	found := make([]workspace.Root, len(dirs))
	for i, q := range questions {
		select {
		case <-q.answered:
		case <-ctx.Done():
		}
		r.mu.Lock()
		if isClosed(q.answered) {
			found[i] = q.answer
		} else {
			found[i] = workspace.Root{Named: dirs[i], Err: fmt.Errorf("%s: its file system does not answer", dirs[i])}
			q.missed = true
		}
		r.mu.Unlock()
	}
	return found
}

// ask asks about a folder, unless a question about it has no answer yet.
func (r *resolver) ask(dir string) *question {
	r.mu.Lock()
	defer r.mu.Unlock()
	if q, ok := r.asked[dir]; ok {
		return q
	}
	q := &question{answered: make(chan struct{})}
	r.asked[dir] = q
	go func() {
		canonical, err := r.canonical(dir)
		r.mu.Lock()
		delete(r.asked, dir)
		q.answer = workspace.Root{Named: dir, Dir: canonical, Err: err}
		close(q.answered)
		missed := q.missed
		r.mu.Unlock()
		if missed {
			r.late()
		}
	}()
	return q
}

// openRoots makes the folders that the client wants roots of the workspace.
func (s *Server) openRoots(ctx context.Context) {
	found := s.resolver.resolve(ctx, s.roots.want(), s.waits.Root)
	s.roots.set(found)
	if err := s.workspace.Use(found); err != nil {
		s.tellBadFolders(err)
	}
	s.overlay.reset() // the rank of an open file depends on its root
}

// wakeRoots has the folders resolved anew, and a scan after that.
func (s *Server) wakeRoots() {
	s.scan.expect() // whoever asks from now on waits for it
	select {
	case s.roots.changed <- struct{}{}:
	default: // the scan to come is of these
		s.scan.spare()
	}
}

// awaitRoots waits until the folders that initialize named are known to the workspace.
// It gives up when the server has waited for them for as long as an answer may.
func (s *Server) awaitRoots(ctx context.Context) {
	defer timing.In(ctx, timing.Folders)()
	select {
	case <-s.roots.known:
	case <-s.patience:
	case <-ctx.Done():
	}
}

// keepRoots makes the roots those that the client wants, until ctx ends.
func (s *Server) keepRoots(ctx context.Context) {
	for {
		select {
		case <-s.roots.changed:
		case <-ctx.Done():
			return
		}
		s.openRoots(ctx)
		s.switches.notify() // the client watches others now
		s.scanAll(ctx)
	}
}

// change adds and removes folders that the client wants. It reports whether it wants
// others now.
func (f *folders) change(added, removed []string) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dirs := slices.DeleteFunc(slices.Clone(f.dirs), func(dir string) bool { return slices.Contains(removed, dir) })
	for _, dir := range added {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	changed = !slices.Equal(dirs, f.dirs)
	f.dirs = dirs
	return changed
}
