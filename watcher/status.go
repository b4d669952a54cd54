package watcher

import (
	"sync"
	"sync/atomic"
	"time"
)

// State is how a root is kept track of.
type State string

// The states of a root.
const (
	Starting State = "starting" // its watches are being set up
	Watching State = "watching" // the system reports changes
	Polling  State = "polling"  // some or all of it is looked at in turn, see Reason
	Missing  State = "missing"  // there is no such directory now, or nobody can tell
)

// RootStatus tells how a root is watched. What lies below a root that is nested
// in it counts there.
type RootStatus struct {
	Path  string
	State State

	Watched    int // directories with a watch
	Polled     int // directories that are looked at in turn
	Unreadable int // directories that cannot be read, and are tried again in turn

	// Reason is why something is polled, does not answer, or is missing, else nil.
	Reason error

	// PollRound is how long the last round through all directories that are polled, of all roots, took.
	PollRound time.Duration
}

// status is what the goroutine that owns the tree lets others see.
type status struct {
	mu    sync.Mutex
	roots map[string]*RootStatus
	round time.Duration

	// asking is when the file system was last asked something, in Unix nanoseconds; 0 while nothing is done.
	asking atomic.Int64
}

func newStatus() *status { return &status{roots: make(map[string]*RootStatus)} }

// snapshot returns the roots in no order.
func (s *status) snapshot() []RootStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	hangs := s.hangs()
	list := make([]RootStatus, 0, len(s.roots))
	for _, r := range s.roots {
		r := *r
		if r.State == Watching && r.Polled > 0 {
			r.State = Polling
		}
		if r.State != Missing && r.Polled == 0 {
			r.Reason = nil
		}
		if hangs {
			r.State, r.Reason = Missing, errHangs
		}
		r.PollRound = s.round
		list = append(list, r)
	}
	return list
}

// setState notes a root in a state; reason may be nil.
func (s *status) setState(root string, state State, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.roots[root]
	if r == nil {
		r = &RootStatus{Path: root}
		s.roots[root] = r
	}
	r.State = state
	if reason != nil {
		r.Reason = reason
	}
}

func (s *status) remove(root string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.roots, root)
}

// move notes that a directory of a root is kept track of in another way; 0 is none.
// The reason is why it is not watched from now on.
func (s *status) move(root string, from, to method, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.roots[root]
	if r == nil {
		return // it was removed
	}
	r.count(from, -1)
	r.count(to, 1)
	if to == polled {
		r.Reason = reason
	}
}

// count adds n to how many directories are kept track of in a way.
func (r *RootStatus) count(by method, n int) {
	switch by {
	case watched:
		r.Watched += n
	case polled:
		r.Polled += n
	case unreadable:
		r.Unreadable += n
	}
}

// progress notes that the file system is asked something.
func (s *status) progress() { s.asking.Store(time.Now().UnixNano()) }

// rest notes that nothing is done until something happens.
func (s *status) rest() { s.asking.Store(0) }

// hangs tells whether the file system takes so long that it may never answer.
func (s *status) hangs() bool {
	at := s.asking.Load()
	return at != 0 && time.Since(time.Unix(0, at)) > hangsAfter
}

func (s *status) setRound(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round = d
}
