package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Two collections at once do the work of one, while others put, delete and read: nothing that is in use is
// lost, and no reader gets anything but a value or a miss.
func TestConcurrentCollections(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, 10, 10)
	putOld(t, s, time.Now().Add(-40*day), true, 500, 600)
	var children []*child
	for i := range 3 {
		c := startChild(t, "collect", s.layout.root, strconv.Itoa(1000*(i+1)))
		c.line()
		children = append(children, c)
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	for range 20 {
		for n := range 100 {
			if value, err := s.Get(keyOf(n)); err != nil || !bytes.Equal(value, valueOf(keyOf(n))) {
				t.Fatalf("Get %d: %d bytes, %v", n, len(value), err)
			}
		}
	}
	for _, c := range children {
		c.finish()
	}
	for i := range 3 {
		first := 1000 * (i + 1)
		wantKept(t, s, first, first+40, true)
	}
	wantKept(t, s, 500, 600, false)
}

// collectRole puts values, loose and packed, and collects after each few: ROOT FIRST.
func collectRole(args []string) error {
	first, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	for n := first; n < first+40; n += 4 {
		if _, err := s.Put(keyOf(n), valueOf(keyOf(n))); err != nil {
			return err
		}
		if _, err := s.PutPack(recordsOf(n+1, n+4)); err != nil {
			return err
		}
		if _, err := s.GC(context.Background(), GCOptions{Marks: markKeys}); err != nil {
			return err
		}
		for m := first; m < n+4; m++ {
			if value, err := s.Get(keyOf(m)); err != nil || !bytes.Equal(value, valueOf(keyOf(m))) {
				return fmt.Errorf("get %d: %d bytes, %w", m, len(value), err)
			}
		}
	}
	return nil
}

// Whether a collection is due costs the reading of one small file, and it is due once a day, also when the manifest was
// lost or damaged; which the next collection writes again. Pitfall S25: idle collections burn the processor.
func TestCollectionIsDueOnceADay(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	mustPutPack(t, s, recordsOf(0, 10))
	path := filepath.Join(s.Dir(), manifestName)
	spoil := []func(){
		func() {},
		func() { overwrite(t, path, nil) },
		func() { overwrite(t, path, []byte("{")) },
		func() { overwrite(t, path, []byte("\x00\x00")) },
		func() { _ = os.Remove(path) },
		func() { now = now.Add(25 * time.Hour) },
		func() { now = now.Add(-50 * time.Hour) },
	}
	for i, f := range spoil {
		f()
		if !s.GCDue() {
			t.Errorf("case %d: no collection is due", i)
		}
		mustGC(t, s, GCOptions{})
		if s.GCDue() {
			t.Errorf("case %d: a collection is due after one", i)
		}
	}
	if st, err := s.Stats(); err != nil || !st.LastGC.Equal(now) {
		t.Errorf("Stats = %+v, %v", st, err)
	}
}

// A collection stops with its context, and says nothing was done while another process collects.
func TestCollectIsBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putOld(t, s, time.Now().Add(-40*day), true, 0, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.GC(ctx, GCOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("GC = %v", err)
	}
	unlock, ok, err := openAt(t, s.layout.root, Options{}).tryLock([]string{gcLock})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if report, err := s.GC(t.Context(), GCOptions{}); !report.Busy || err != nil {
		t.Errorf("GC beside another = %+v, %v", report, err)
	}
	wantKept(t, s, 0, 10, true)
	unlock()
	mustGC(t, s, GCOptions{})
	wantKept(t, s, 0, 10, false)
}
