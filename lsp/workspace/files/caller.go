package files

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// scanPatience is how long a scan waits for one call. A disk that has to start
	// spinning takes less. While another call hangs already, a scan waits for hangsAfter:
	// what it comes to next most likely lies on the same disk.
	scanPatience = 5 * time.Second

	// callerTick is how often a Caller looks whether its call makes progress. A program
	// that was suspended finds one tick, however long that was.
	callerTick = 250 * time.Millisecond
)

// Caller makes the calls of one goroutine of a scan, one after the other, in another
// goroutine. When a call hangs, the Caller leaves that goroutine and begins another.
// Handing a call over takes some 0.5 µs.
type Caller struct {
	hangs  *Hangs
	ticker *time.Ticker
	helper *helper // nil: the next call begins one
}

// helper is the goroutine of a Caller.
type helper struct {
	work  chan func(step func())
	done  chan struct{} // has a token when the work is done
	state atomic.Int32  // of the work
	steps atomic.Uint32 // see Caller.Do
	left  call          // set before the state becomes helperLeft
}

// States of a helper's work. From helperRuns the helper goes to helperDone, or its Caller to
// helperLeft, whichever comes first.
const (
	helperRuns int32 = iota
	helperDone
	helperLeft
)

// Caller returns a Caller, which is to be closed.
func (h *Hangs) Caller() *Caller {
	return &Caller{hangs: h, ticker: time.NewTicker(callerTick)}
}

// Close ends the Caller.
func (c *Caller) Close() {
	c.ticker.Stop()
	c.drop()
}

// drop lets the goroutine end.
func (c *Caller) drop() {
	if c.helper != nil {
		close(c.helper.work)
		c.helper = nil
	}
}

// Do runs f, which asks the system about dir or a file in it, and waits for it until ctx
// ends, or until f has made no progress for scanPatience. Each call of step is progress. After
// an error f may still run, or has never run, and the memory that it uses is lost to the
// caller. The error is ErrHangs or that of ctx.
func (c *Caller) Do(ctx context.Context, dir string, f func(step func())) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.hangs.Has(dir) {
		return ErrHangs
	}
	if c.helper == nil {
		c.helper = &helper{work: make(chan func(func())), done: make(chan struct{}, 1)}
		go c.helper.run(c.hangs)
	}
	helper := c.helper
	helper.state.Store(helperRuns)
	helper.work <- f
	still := time.Duration(-callerTick) // without progress; the first tick may be of an earlier time
	for steps := helper.steps.Load(); ; {
		select {
		case <-helper.done:
			return nil
		case <-ctx.Done():
			if c.leave(dir, 0) {
				return ctx.Err()
			}
			return nil
		case <-c.ticker.C:
		}
		if now := helper.steps.Load(); now != steps {
			steps, still = now, 0
			continue
		}
		still += callerTick
		if still < scanPatience && (still < hangsAfter || c.hangs.count.Load() == 0) {
			continue
		}
		if c.leave(dir, max(still, 2*hangsAfter)) {
			return ErrHangs
		}
		return nil
	}
}

// leave leaves the goroutine to itself, whose call has taken so long. It reports false
// if the call has just returned.
func (c *Caller) leave(dir string, since time.Duration) bool {
	helper := c.helper
	helper.left = call{dir: dir, since: time.Now().Add(-since)}
	c.hangs.add(&helper.left)
	if helper.state.CompareAndSwap(helperRuns, helperLeft) {
		c.drop()
		return true
	}
	c.hangs.remove(&helper.left)
	<-helper.done
	return false
}

// run does the work until there is no more, or it was left.
func (p *helper) run(hangs *Hangs) {
	step := func() { p.steps.Add(1) }
	for f := range p.work {
		f(step)
		if !p.state.CompareAndSwap(helperRuns, helperDone) {
			hangs.remove(&p.left)
			return
		}
		p.done <- struct{}{}
	}
}
