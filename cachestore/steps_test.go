package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// write is one way of writing to a store, tried at every step.
type write struct {
	do func(*Store) error
	// check fails unless all is as it was before the write, or as after it; done is whether the write returned
	// without an error, so that only the latter will do.
	check func(t *testing.T, s *Store, done bool)
	late  int // the write counts before these last steps, whose failure is not an error; nor is that of cleaning up
	// removes says that cleaning up is the purpose of the write.
	removes bool
}

// writes returns all ways of writing, by name. They are done in a store that prepareWrites has filled.
func writes() map[string]write {
	newKey, looseKey, packedKey := keyOf(1000), keyOf(1), keyOf(2)
	newValue := func(t *testing.T, s *Store, done bool) {
		if _, err := s.Get(newKey); done || !errors.Is(err, ErrMiss) {
			wantValue(t, s, newKey, valueOf(newKey))
		}
		wantValue(t, s, looseKey, valueOf(looseKey))
		wantValue(t, s, packedKey, valueOf(packedKey))
	}
	absent := func(k Key) func(*testing.T, *Store, bool) {
		return func(t *testing.T, s *Store, done bool) {
			if _, err := s.Get(k); done || errors.Is(err, ErrMiss) {
				wantMiss(t, s, k, errAbsent)
			} else {
				wantValue(t, s, k, valueOf(k))
			}
		}
	}
	return map[string]write{
		"put": {
			do:    func(s *Store) error { _, err := s.Put(newKey, valueOf(newKey)); return err },
			check: newValue,
		},
		"pack": {
			do:    func(s *Store) error { _, err := s.PutPack([]Record{{newKey, valueOf(newKey)}}); return err },
			check: newValue,
		},
		"remove packed": {
			do:      func(s *Store) error { return remove(s, packedKey) },
			check:   absent(packedKey),
			removes: true,
		},
		"remove loose": {
			do:    func(s *Store) error { return remove(s, looseKey) },
			check: absent(looseKey),
		},
		"merge": {
			do: func(s *Store) error { _, err := s.Merge(context.Background()); return err },
			check: func(t *testing.T, s *Store, done bool) {
				newValue(t, s, false)
				for n := 10; n < 10+2*mergeAbove; n++ {
					wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
				}
				if got := len(packFiles(t, s)); done && got > mergeAbove+2 {
					t.Errorf("%d packs are left", got)
				}
			},
		},
		"collect": { // a pack of which half is old is copied
			do: func(s *Store) error {
				_, err := s.GC(context.Background(), GCOptions{Marks: markKeys})
				return err
			},
			check: func(t *testing.T, s *Store, _ bool) {
				wantValue(t, s, keyOf(1), valueOf(keyOf(1)))
				there := 0
				for n := 2; n <= 3; n++ {
					if value, err := s.Get(keyOf(n)); err == nil && bytes.Equal(value, valueOf(keyOf(n))) {
						there++
					} else if !errors.Is(err, ErrMiss) {
						t.Errorf("Get %d: %d bytes, %v", n, len(value), err)
					}
				}
				if there == 0 {
					t.Error("what is in use is gone")
				}
				for n := 10; n < 10+2*mergeAbove; n++ {
					wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
				}
			},
			late: 6, // the manifest is a hint
		},
		"index": {
			do: func(s *Store) error { _, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(7)); return err },
			check: func(t *testing.T, s *Store, done bool) {
				f, _, err := s.Workspace(testWorkspace()).Open(0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if n, err := checkTestIndex(f); err != nil || n != 7 && (done || n != 3) {
					t.Errorf("the index holds %d, %v", n, err)
				}
			},
		},
	}
}

func prepareWrites(t *testing.T, root string) *Store {
	t.Helper()
	s := openAt(t, root, Options{})
	mustPut(t, s, keyOf(1), valueOf(keyOf(1)))
	mustPutPack(t, s, []Record{{keyOf(2), valueOf(keyOf(2))}, {keyOf(3), valueOf(keyOf(3))}})
	// The larger of its records was last used long ago.
	if err := s.layout.writeUsage(packOf(t, s, keyOf(2)), []uint32{unixSeconds(time.Now()), 1}); err != nil {
		t.Fatal(err)
	}
	for n := 10; n < 10+2*mergeAbove; n += 2 { // with the one above, due for a merge
		mustPutPack(t, s, recordsOf(n, n+2))
	}
	mustPublish(t, s, testWorkspace(), 3)
	return s
}

// stepsOf does a write and returns its steps.
func stepsOf(t *testing.T, w write) (steps []step) {
	t.Helper()
	s := prepareWrites(t, t.TempDir())
	s.layout.before = func(at step, _ string) error { steps = append(steps, at); return nil }
	if err := w.do(s); err != nil {
		t.Fatal(err)
	}
	w.check(t, s, true)
	if len(steps) < 2 {
		t.Fatalf("only %d steps: %v", len(steps), steps)
	}
	return steps
}

// Nothing is published before its contents are synced, removed for another file before that one is durable, or
// reported as done before all its names are durable, those of new directories too.
func TestDurableBeforeDone(t *testing.T) {
	t.Parallel()
	for name, w := range writes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := prepareWrites(t, t.TempDir())
			before := filesUnder(t, s.layout.root)
			temps := map[string]step{}                               // the last step of each temporary file
			unsynced, synced := map[string]bool{}, map[string]bool{} // directories
			s.layout.before = func(at step, path string) error {
				switch last := temps[path]; at {
				case stepWrite:
					temps[path] = at
				case stepSync, stepClose, stepPublish:
					follows := map[step]step{stepSync: stepWrite, stepClose: stepSync, stepPublish: stepClose}
					if temps[path] = at; last != follows[at] {
						t.Errorf("%s of %s after %q", at, path, last)
					}
					if at == stepPublish {
						unsynced[filepath.Dir(path)] = true
					}
				case stepSyncDir:
					delete(unsynced, path)
					synced[path] = true
				case stepCleanUp:
					if len(unsynced) > 0 {
						t.Errorf("clean up of %s before these are synced: %v", path, unsynced)
					}
				case stepRemove:
					if exists(path) {
						unsynced[filepath.Dir(path)] = true
					}
				}
				return nil
			}
			if err := w.do(s); err != nil {
				t.Fatal(err)
			}
			for path, mode := range filesUnder(t, s.layout.root) {
				if _, known := before[path]; known || filepath.Base(path) == "locks" { // which need not outlive a crash
					continue
				}
				dir := filepath.Dir(filepath.Join(s.layout.root, filepath.FromSlash(path)))
				if mode.IsDir() && !synced[dir] {
					t.Errorf("the directory %s was made and not synced", path)
				}
			}
			if len(unsynced) > 0 {
				t.Errorf("not synced in the end: %v", unsynced)
			}
		})
	}
}

// A write that fails at any of its steps says so, leaves all as it was or as it should become, and no
// temporary file; and the next one succeeds.
func TestFailureAtEachStep(t *testing.T) {
	t.Parallel()
	for name, w := range writes() {
		all := stepsOf(t, w)
		for n, at := range all {
			t.Run(fmt.Sprintf("%s/%d %s", name, n, at), func(t *testing.T) {
				t.Parallel()
				s := prepareWrites(t, t.TempDir())
				steps := 0
				s.layout.before = func(step, string) error {
					if steps++; steps == n+1 {
						return syscall.ENOSPC
					}
					return nil
				}
				err := w.do(s)
				late := at == stepCleanUp && !w.removes || n >= len(all)-w.late
				if !late && !errors.Is(err, syscall.ENOSPC) || late && err != nil {
					t.Errorf("error %v", err)
				}
				for _, reader := range []*Store{s, openAt(t, s.layout.root, Options{})} {
					w.check(t, reader, err == nil && !late)
				}
				if temps := tempsUnder(t, s.layout.root); len(temps) > 0 {
					t.Errorf("temporary files are left: %v", temps)
				}
				s.layout.before = nil
				if err := w.do(s); err != nil {
					t.Fatal(err)
				}
				w.check(t, s, true)
			})
		}
	}
}

// A writer that is killed at any of its steps leaves all as it was or as it should become, no lock, and at
// most a temporary file, which is swept once it is old.
func TestKillAtEachStep(t *testing.T) {
	t.Parallel()
	for name, w := range writes() {
		for n, at := range stepsOf(t, w) {
			if n%testRounds(5, 1, 1) != 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d %s", name, n, at), func(t *testing.T) {
				t.Parallel()
				s := prepareWrites(t, t.TempDir())
				c := startChild(t, "write", s.layout.root, name, strconv.Itoa(n))
				if err := c.cmd.Wait(); err == nil || c.errs.Len() > 0 { // where it says why it failed
					t.Fatalf("the child was not killed: %v\n%s", err, c.errs.String())
				}
				for _, reader := range []*Store{s, openAt(t, s.layout.root, Options{})} {
					w.check(t, reader, false)
				}
				if err := w.do(s); err != nil { // also where the child held a lock
					t.Fatal(err)
				}
				w.check(t, s, true)
				later := openAt(t, s.layout.root, Options{Now: func() time.Time { return time.Now().Add(2 * tempMaxAge) }})
				if _, err := later.Clear(t.Context()); err != nil {
					t.Fatal(err)
				}
				if temps := tempsUnder(t, s.layout.root); len(temps) > 0 {
					t.Errorf("temporary files are left: %v", temps)
				}
			})
		}
	}
}

// writeRole does one of the writes and kills itself before its nth step: ROOT WRITE N.
func writeRole(args []string) error {
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	s.layout.before = killBefore(n)
	return writes()[args[1]].do(s)
}

// killBefore kills this process before its nth step.
func killBefore(n int) func(step, string) error {
	steps := 0
	return func(step, string) error {
		if steps++; steps <= n {
			return nil
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {} // the signal is on its way
	}
}

// A first start that is killed at any of its steps leaves a root that the next one marks as a cache, and at most a
// temporary file, which is swept once it is old.
func TestKillAtEachStepOfFirstStart(t *testing.T) {
	t.Parallel()
	var steps []step
	l := layoutOf(t.TempDir(), "me")
	l.before = func(at step, _ string) error { steps = append(steps, at); return nil }
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 12 {
		t.Fatalf("only %d steps: %v", len(steps), steps)
	}
	for n, at := range steps {
		t.Run(fmt.Sprintf("%d %s", n, at), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			c := startChild(t, "prepare", root, strconv.Itoa(n))
			if err := c.cmd.Wait(); err == nil || c.errs.Len() > 0 { // where it says why it failed
				t.Fatalf("the child was not killed: %v\n%s", err, c.errs.String())
			}
			openAt(t, root, Options{Namespace: "me"})
			for name, want := range map[string]string{tagName: cacheDirTag, readmeName: cacheReadme} {
				if got := string(readFile(t, filepath.Join(root, name))); got != want {
					t.Errorf("%s is %q", name, got)
				}
			}
			later := openAt(t, root, Options{Namespace: "me", Now: clockOff(2 * tempMaxAge)})
			if n%2 == 0 {
				mustGC(t, later, GCOptions{})
			} else if _, err := later.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if temps := tempsUnder(t, root); len(temps) > 0 {
				t.Errorf("temporary files are left: %v", temps)
			}
		})
	}
}

// prepareRole makes a namespace and kills itself before its nth step: ROOT N.
func prepareRole(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	l := layoutOf(args[0], "me")
	l.before = killBefore(n)
	return l.prepare()
}
