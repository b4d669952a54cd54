package workspace

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueueOrder(t *testing.T) {
	t.Parallel()
	q := newQueue()
	for _, path := range []string{"a", "b", "a", "c", "b"} {
		q.add(path)
	}
	var got []string
	for range 3 {
		path, ok := q.next(t.Context())
		if !ok {
			t.Fatal("the queue is empty too early")
		}
		q.done()
		got = append(got, path)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
	q.add("a") // can come again once it was taken
	if path, ok := q.next(t.Context()); !ok || path != "a" {
		t.Errorf("next = %q, %v", path, ok)
	}
}

func TestQueueNextEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool)
	q := newQueue()
	go func() {
		_, ok := q.next(ctx)
		ended <- ok
	}()
	cancel()
	if <-ended {
		t.Error("next took something out of an empty queue")
	}
}

func TestQueueSettle(t *testing.T) {
	t.Parallel()
	q := newQueue()
	q.settle(t.Context()) // an empty queue is settled

	q.add("a")
	wantBusy := func(when string) {
		t.Helper()
		q.mu.Lock()
		idle := q.idle
		q.mu.Unlock()
		select {
		case <-idle:
			t.Errorf("the queue is idle %s", when)
		default:
		}
	}
	wantBusy("with a path in it")
	if _, ok := q.next(t.Context()); !ok {
		t.Fatal("nothing to take")
	}
	wantBusy("while a path is being worked on")
	q.add("b")
	q.done()
	wantBusy("with another path in it")
	if _, ok := q.next(t.Context()); !ok {
		t.Fatal("nothing to take")
	}
	q.done()
	q.done() // once more does no harm
	q.settle(t.Context())
}

// Each path that is added is taken after that, with many goroutines that add and wait at once. Run with -race.
func TestQueueConcurrently(t *testing.T) {
	t.Parallel()
	const adders, each = 8, 200
	q := newQueue()
	ctx, cancel := context.WithCancel(t.Context())
	taken := make(map[string]bool)
	var mu sync.Mutex
	var taker sync.WaitGroup
	taker.Go(func() {
		for {
			path, ok := q.next(ctx)
			if !ok {
				return
			}
			mu.Lock()
			taken[path] = true
			mu.Unlock()
			q.done()
		}
	})
	var group sync.WaitGroup
	for a := range adders {
		group.Go(func() {
			for i := range each {
				path := fmt.Sprint(a, "/", i)
				q.add(path)
				if i%50 != 0 {
					continue
				}
				q.settle(ctx)
				mu.Lock()
				if !taken[path] {
					t.Errorf("settled, but %s has not been taken", path)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	q.settle(ctx)
	cancel()
	taker.Wait()
	if len(taken) != adders*each {
		t.Errorf("%d of %d paths were taken", len(taken), adders*each)
	}
}

// next returns when ctx has ended, though paths wait.
func TestQueueEndsThoughItIsNotEmpty(t *testing.T) {
	t.Parallel()
	q := newQueue()
	q.add("a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if path, ok := q.next(ctx); ok {
		t.Errorf("got %s", path)
	}
}
