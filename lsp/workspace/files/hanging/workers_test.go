package hanging

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// Run returns when ctx ends, whatever calls hang. A goroutine that was left ends when its
// call returns, and then nothing hangs any more.
func TestRunEndsWithContext(t *testing.T) {
	t.Parallel()
	d := New()
	ctx, cancel := context.WithCancel(t.Context())
	back, asking := make(chan struct{}), make(chan struct{}, 2)
	var lost, returned atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(ctx, 2, func(w *Worker) {
			_ = w.Ask(ctx, "/away", func(err error) {
				if lost.Add(1); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
			}, func() {
				asking <- struct{}{}
				<-back
			})
			returned.Add(1)
		})
	}()
	<-asking
	<-asking
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("Run waits for calls that hang")
	}
	if lost.Load() != 2 {
		t.Errorf("%d calls are lost", lost.Load())
	}
	close(back)
	for d.count.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	if returned.Load() != 0 {
		t.Error("Ask has returned in a goroutine that was left")
	}
	if err := d.Do(t.Context(), "/away/x", func() {}); err != nil {
		t.Errorf("once the calls have returned: %v", err)
	}
}

// A worker hangs when it has made no progress for Patience or, while another call hangs,
// for hangsAfter. A call of many steps may take as long as it likes.
func TestProgressIsNoHang(t *testing.T) {
	t.Parallel()
	d := New()
	w := &Worker{workers: &workers{dirs: d}}
	looks := func() (n int) {
		w.Step()
		for w.hangs(); !w.hangs(); n++ {
		}
		return n + 1
	}
	for range 100 {
		if w.hangs() {
			t.Fatal("a worker that asks nothing hangs")
		}
	}
	w.progress.Store(1)
	for range 100 {
		if w.Step(); w.hangs() {
			t.Fatal("a worker that makes progress hangs")
		}
	}
	if got, want := time.Duration(looks())*supervision, Patience; got != want {
		t.Errorf("it hangs after %v, want %v", got, want)
	}
	d.add(&call{dir: "/other", since: time.Now()})
	if got, want := time.Duration(looks())*supervision, hangsAfter; got != want {
		t.Errorf("while another call hangs it hangs after %v, want %v", got, want)
	}
}

// When many calls hang, only what lies below the directory around them counts as hanging.
func TestManyHangsLieBelowOneDirectory(t *testing.T) {
	t.Parallel()
	d := New()
	dir := filepath.FromSlash
	for range maxHangs {
		d.add(&call{dir: dir("/mnt/a/b"), since: time.Now().Add(-time.Hour)})
	}
	d.add(&call{dir: dir("/mnt/c"), since: time.Now()})
	for path, want := range map[string]bool{"/mnt/a/b/x": true, "/mnt/d": true, "/mnt/c/e": true, "/home/x": false, "/": false} {
		if got := d.Has(dir(path)); got != want {
			t.Errorf("Has(%s) = %v", path, got)
		}
	}
}

// lateContext ends after it was asked the first time, as when the machine is so busy that
// a goroutine begins after the time it had.
type lateContext struct {
	context.Context
	asked bool
}

func (c *lateContext) Err() error {
	if !c.asked {
		c.asked = true
		return nil
	}
	return context.DeadlineExceeded
}

// Do returns an error where it has not run the function. The caller waits for what the
// function finds.
func TestDoReportsWhatItDidNotRun(t *testing.T) {
	t.Parallel()
	ran := false
	err := New().Do(&lateContext{Context: t.Context()}, "/a/b", func() { ran = true })
	if ran || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ran: %v, error %v", ran, err)
	}
}
