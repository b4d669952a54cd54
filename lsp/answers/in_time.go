package answers

import (
	"sync"
	"time"
)

// inTime returns a function that returns what find does. Find is called once, when it is
// first asked for; it may never return. While it takes longer than wait, the result is that
// of instead.
func inTime[T any](find func() T, wait time.Duration, instead func() T) func() T {
	var found T
	done := make(chan struct{})
	begin := sync.OnceFunc(func() {
		go func() {
			found = find()
			close(done)
		}()
		timeout := time.NewTimer(wait)
		defer timeout.Stop()
		select {
		case <-done:
		case <-timeout.C:
		}
	})
	return func() T {
		begin()
		if isClosed(done) {
			return found
		}
		return instead()
	}
}
