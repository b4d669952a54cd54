package workspace

import (
	"context"
	"sync"
)

// queue holds paths to look at, in the order of their first addition. A path that waits is
// not added again, so the queue is no longer than the number of files that change at once.
// One goroutine takes the paths. It is safe for concurrent use.
type queue struct {
	mu     sync.Mutex
	paths  []string
	queued map[string]bool
	active bool          // one has been taken and is not done
	added  chan struct{} // has a token when there may be something to take
	idle   chan struct{} // closed while nothing waits and nothing is active
}

func newQueue() *queue {
	q := &queue{queued: make(map[string]bool), added: make(chan struct{}, 1), idle: make(chan struct{})}
	close(q.idle)
	return q
}

func (q *queue) add(path string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queued[path] {
		return
	}
	if len(q.paths) == 0 && !q.active {
		q.idle = make(chan struct{})
	}
	q.paths = append(q.paths, path)
	q.queued[path] = true
	select {
	case q.added <- struct{}{}:
	default: // the token of an earlier addition is still there
	}
}

// length returns how many paths wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.paths)
}

// next waits for a path and takes it. It is false when ctx ends first.
func (q *queue) next(ctx context.Context) (path string, ok bool) {
	for ctx.Err() == nil {
		q.mu.Lock()
		if len(q.paths) > 0 {
			path, q.paths = q.paths[0], q.paths[1:]
			delete(q.queued, path)
			q.active = true
			q.mu.Unlock()
			return path, true
		}
		q.mu.Unlock()
		select {
		case <-q.added:
		case <-ctx.Done():
		}
	}
	return "", false
}

// done says that the path that was taken last has been looked at. A second call does
// nothing.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.active && len(q.paths) == 0 {
		close(q.idle)
	}
	q.active = false
}

// settle waits until the queue is idle or ctx ends.
func (q *queue) settle(ctx context.Context) {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
