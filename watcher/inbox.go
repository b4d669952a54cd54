package watcher

import (
	"errors"
	"sync"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// maxPending bounds the paths with events that nobody has looked at yet: twice
// what the kernel's own queue holds by default, some 4 MB with paths of 80 bytes.
// When there are more, looking at everything costs less than looking at them.
const maxPending = 1 << 15

// inbox is where the goroutine that drains the kernel's queue leaves what it
// read. Nothing waits to put something into it, and it is bounded: the events of
// one path are kept as one, and too many of them as "events were lost".
//
// The order of events is not kept. What is done about a path depends on what it
// is then, and only on whether it was removed in between.
type inbox struct {
	wake chan struct{} // has a token when there is something to take

	mu       sync.Mutex
	commands []func(*tree)
	events   map[string]fsnotify.Op
	lost     bool // events is empty then, and stays so
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), events: make(map[string]fsnotify.Op)}
}

func (in *inbox) take() (commands []func(*tree), events map[string]fsnotify.Op, lost bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	commands, events, lost = in.commands, in.events, in.lost
	in.commands, in.events, in.lost = nil, make(map[string]fsnotify.Op), false
	return commands, events, lost
}

func (in *inbox) command(f func(*tree)) {
	in.mu.Lock()
	in.commands = append(in.commands, f)
	in.mu.Unlock()
	in.signal()
}

func (in *inbox) event(path string, op fsnotify.Op) {
	in.mu.Lock()
	switch {
	case in.lost:
	case len(in.events) >= maxPending && in.events[path] == 0:
		in.lose()
	default:
		in.events[path] |= op
	}
	in.mu.Unlock()
	in.signal()
}

func (in *inbox) overflow() {
	in.mu.Lock()
	in.lose()
	in.mu.Unlock()
	in.signal()
}

// lose drops the events, which are covered by looking at everything. The caller
// holds mu.
func (in *inbox) lose() {
	in.lost = true
	in.events = nil
}

func (in *inbox) signal() {
	select {
	case in.wake <- struct{}{}:
	default: // the token of an earlier change is still there
	}
}

// pump drains a backend until it is closed.
func (in *inbox) pump(b backend) {
	events, errs := b.Events(), b.Errors()
	for events != nil || errs != nil {
		select {
		case event, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			in.event(event.Name, event.Op)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			// EINVAL is fsnotify removing a watch that went with its directory; the event of that comes next.
			// What other errors swallowed nobody can tell.
			if !errors.Is(err, syscall.EINVAL) {
				in.overflow()
			}
		}
	}
}
