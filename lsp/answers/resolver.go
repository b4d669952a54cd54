package answers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace"
)

// resolver asks the file systems for the canonical paths of folders. A file system that
// hangs costs one goroutine for each folder on it, and holds up no other folder.
type resolver struct {
	canonical func(folder string) (string, error) // may never return
	late      func()                              // called when an answer comes that nobody waits for any more

	mu    sync.Mutex
	asked map[string]*inquiry // that have no answer yet, by folder
}

// inquiry is what a file system was asked about a folder.
type inquiry struct {
	answered chan struct{}  // closed when answer is there
	answer   workspace.Root // not changed after that
	missed   bool           // somebody did not wait for it; under the resolver's mu
}

func newResolver(canonical func(folder string) (string, error), late func()) *resolver {
	return &resolver{canonical: canonical, late: late, asked: make(map[string]*inquiry)}
}

// resolve returns what is known of folders after a wait, which ends early when all have
// answered or ctx has ended. A folder without an answer has an error.
func (r *resolver) resolve(ctx context.Context, folders []string, wait time.Duration) []workspace.Root {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	inquiries := make([]*inquiry, len(folders))
	for i, folder := range folders {
		inquiries[i] = r.ask(folder)
	}
	found := make([]workspace.Root, len(folders))
	for i, q := range inquiries {
		select {
		case <-q.answered:
		case <-ctx.Done():
		}
		r.mu.Lock()
		if isClosed(q.answered) {
			found[i] = q.answer
		} else {
			found[i] = workspace.Root{Named: folders[i], Err: fmt.Errorf("%s: its file system does not answer", folders[i])}
			q.missed = true
		}
		r.mu.Unlock()
	}
	return found
}

// ask asks about a folder, unless an inquiry about it has no answer yet.
func (r *resolver) ask(folder string) *inquiry {
	r.mu.Lock()
	defer r.mu.Unlock()
	if q, ok := r.asked[folder]; ok {
		return q
	}
	q := &inquiry{answered: make(chan struct{})}
	r.asked[folder] = q
	go func() {
		canonical, err := r.canonical(folder)
		r.mu.Lock()
		delete(r.asked, folder)
		q.answer = workspace.Root{Named: folder, Dir: canonical, Err: err}
		close(q.answered)
		missed := q.missed
		r.mu.Unlock()
		if missed {
			r.late()
		}
	}()
	return q
}
