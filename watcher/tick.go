package watcher

import "time"

// tick does what is due.
func (t *tree) tick(now time.Time) {
	if t.awaitsResync() && !now.Before(t.resyncDue()) {
		t.resync()
	}
	if !now.Before(t.rootsAt) {
		t.arrange()
		t.checkRoots()
		t.rootsAt = time.Now().Add(rootInterval)
	}
	t.announce(now)
	if t.byPolling > 0 && t.options.MaxWatches > 0 && !now.Before(t.retryAt) {
		t.retry()
		t.retryAt = time.Now().Add(t.options.retry)
	}
	if t.notAll > 0 && !now.Before(t.poller.next) {
		t.pollStep()
	}
}

// nextTick is when the next thing is due.
func (t *tree) nextTick() time.Time {
	next := t.rootsAt
	earlier := func(at time.Time) {
		if at.Before(next) {
			next = at
		}
	}
	if t.awaitsResync() {
		earlier(t.resyncDue())
	}
	if t.announced {
		earlier(t.retryAt)
	}
	if t.notAll > 0 {
		earlier(t.poller.next)
	}
	return next
}

// announce says once that polling has begun, and that it has ended.
func (t *tree) announce(now time.Time) {
	if t.options.MaxWatches < 0 || t.announced == (t.byPolling > 0) {
		return
	}
	t.announced = t.byPolling > 0
	if !t.announced {
		t.options.Logger.Info("watcher: all directories are watched again")
		return
	}
	t.retryAt = now.Add(t.options.retry)
	var reason error
	for _, d := range t.dirs {
		if d.by == polled {
			reason = d.err
			break
		}
	}
	t.options.Logger.Warn("watcher: some directories cannot be watched, looking at them in turn",
		"directories", t.byPolling, "watched", len(t.dirs)-t.notAll, "err", reason)
}
