package hanging

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// Patience is how long a scan waits for one call to the file system. A disk that has
	// to start spinning takes less. While another call hangs already, a scan waits for
	// hangsAfter only: what it comes to next most likely lies on the same disk.
	Patience = 5 * time.Second

	// supervision is how often workers are looked at. A program that was suspended looks
	// once, however long that was.
	supervision = 250 * time.Millisecond
)

// Worker is a goroutine of a scan, see Dirs.Run.
type Worker struct {
	workers *workers

	// progress is odd while the worker asks the file system. It grows by one when that
	// begins and ends, and by two for each step. workerLeft is its last value.
	progress atomic.Uint64

	// What it asks; set by the worker while progress is even.
	dir  string
	lost func(error)

	call  call          // of a worker that was left; set before noted is closed
	noted chan struct{} // closed when Dirs knows the call

	// Of the supervisor.
	seen  uint64        // progress at the last look
	still time.Duration // time without progress
}

const workerLeft = math.MaxUint64

// workers are the goroutines of one Run.
type workers struct {
	dirs *Dirs
	work func(*Worker)

	mu   sync.Mutex
	busy map[*Worker]bool // neither at their end nor left
	done chan struct{}    // closed when none is busy any more
}

// Run calls work in n goroutines at once, and returns when all have returned. Work takes
// its tasks from a source that all goroutines share, and asks the file system through
// Worker.Ask. When a call hangs, Run leaves its goroutine to itself and begins another one
// in its place. When ctx ends, Run waits for no call.
//
// A worker costs nothing while calls return: it makes them itself, and one supervisor looks
// at all of them now and then.
func (d *Dirs) Run(ctx context.Context, n int, work func(*Worker)) {
	all := &workers{dirs: d, work: work, busy: make(map[*Worker]bool), done: make(chan struct{})}
	all.mu.Lock()
	for range n {
		all.start()
	}
	all.mu.Unlock()
	ticker := time.NewTicker(supervision)
	defer ticker.Stop()
	ended := ctx.Done()
	for {
		select {
		case <-all.done:
			return
		case <-ended:
			ended = nil
		case <-ticker.C:
		}
		all.supervise(ctx)
	}
}

// start begins a goroutine. The caller holds mu.
func (all *workers) start() {
	w := &Worker{workers: all, noted: make(chan struct{})}
	all.busy[w] = true
	go func() {
		defer all.end(w)
		all.work(w)
	}()
}

// end notes that a worker has returned.
func (all *workers) end(w *Worker) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.remove(w)
}

// remove takes a worker out. The caller holds mu.
func (all *workers) remove(w *Worker) {
	if all.busy[w] {
		if delete(all.busy, w); len(all.busy) == 0 {
			close(all.done)
		}
	}
}

// supervise leaves the workers whose calls hang or, once ctx has ended, all that ask.
func (all *workers) supervise(ctx context.Context) {
	for w, err := range all.hanging(ctx) {
		w.lost(err)
		all.mu.Lock()
		if ctx.Err() == nil {
			all.start()
		}
		all.remove(w)
		all.mu.Unlock()
	}
}

// hanging returns the workers that are left now. They count as busy until somebody has
// taken their place.
func (all *workers) hanging(ctx context.Context) map[*Worker]error {
	all.mu.Lock()
	defer all.mu.Unlock()
	left := make(map[*Worker]error)
	for w := range all.busy {
		switch {
		case ctx.Err() != nil:
			if w.leave(0) {
				left[w] = ctx.Err()
			}
		case w.hangs() && w.leave(max(w.still, 2*hangsAfter)):
			left[w] = ErrHangs
		}
	}
	return left
}

// hangs reports whether a worker asks and has made no progress for too long.
func (w *Worker) hangs() bool {
	if now := w.progress.Load(); now%2 == 0 || now != w.seen {
		w.seen, w.still = now, 0
		return false
	}
	w.still += supervision
	return w.still >= Patience || w.still >= hangsAfter && w.workers.dirs.count.Load() > 0
}

// leave leaves a worker whose call has taken so long, unless the call has returned or made
// progress since it was looked at.
func (w *Worker) leave(since time.Duration) bool {
	if since == 0 {
		w.seen = w.progress.Load()
	}
	if w.seen%2 == 0 || w.seen == workerLeft || !w.progress.CompareAndSwap(w.seen, workerLeft) {
		return false
	}
	w.call = call{dir: w.dir, since: time.Now().Add(-since)}
	w.workers.dirs.add(&w.call)
	close(w.noted)
	return true
}

// Ask calls f, which asks the file system about dir or a file in it, and calls Step now and
// then. The error is ErrHangs, or that of ctx; then f was not called.
//
// When f hangs, lost is called with the error in another goroutine, and Ask never returns:
// the goroutine ends when f does, and its deferred calls run. What f uses must belong to
// this goroutine alone, and no lock may be held.
func (w *Worker) Ask(ctx context.Context, dir string, lost func(error), f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.workers.dirs.Has(dir) {
		return ErrHangs
	}
	w.dir, w.lost = dir, lost
	w.progress.Add(1)
	f()
	if !w.advance(1) {
		<-w.noted
		w.workers.dirs.remove(&w.call)
		runtime.Goexit()
	}
	return nil
}

// Step notes that a call of several has returned.
func (w *Worker) Step() { w.advance(2) }

// advance notes progress. It reports false if the worker was left.
func (w *Worker) advance(by uint64) bool {
	now := w.progress.Load()
	return now != workerLeft && w.progress.CompareAndSwap(now, now+by)
}
