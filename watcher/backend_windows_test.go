package watcher

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// nextEvent waits for an event of a path that has one of some operations.
func nextEvent(t *testing.T, b backend, path string, ops fsnotify.Op) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-b.Events():
			if e.Name == path && e.Op&ops != 0 {
				return
			}
		case err := <-b.Errors():
			t.Fatalf("waiting for %v of %s: %v", ops, path, err)
		case <-timeout:
			t.Fatalf("no %v of %s", ops, path)
		}
	}
}

// The system's watch of a root tells what comes, changes, is renamed and goes, also the root itself, and ends when it is
// told to.
func TestDirectoryIsWatched(t *testing.T) {
	t.Parallel()
	b, err := openBackend()
	must(t, err)
	root := filepath.Join(tempDir(t), "root")
	mkdir(t, root)
	must(t, b.Add(root))
	must(t, b.Add(root))
	file, renamed := filepath.Join(root, "a name of some length"), filepath.Join(root, "ünïcode")
	for range 3 { // as changes come while others are read
		write(t, file, "1")
		nextEvent(t, b, file, fsnotify.Create)
		write(t, file, "22")
		nextEvent(t, b, file, fsnotify.Write)
		rename(t, file, renamed)
		nextEvent(t, b, file, fsnotify.Rename)
		nextEvent(t, b, renamed, fsnotify.Create)
		remove(t, renamed)
		nextEvent(t, b, renamed, fsnotify.Remove)
	}
	must(t, b.Remove(root))
	must(t, b.Add(root))
	write(t, file, "1")
	nextEvent(t, b, file, fsnotify.Create)
	must(t, b.Close())
	if err := b.Add(filepath.Join(root, "missing")); err == nil {
		t.Error("a missing directory is no error")
	}
}

// A root that is replaced is watched again, and what was missed counts as lost.
func TestReplacedDirectoryIsWatched(t *testing.T) {
	t.Parallel()
	b, err := openBackend()
	must(t, err)
	root := filepath.Join(tempDir(t), "root")
	mkdir(t, root)
	must(t, b.Add(root))
	rename(t, root, root+"-away")
	mkdir(t, root)
	lost := make(chan error, 1)
	go func() { lost <- <-b.Errors() }()
	must(t, b.Add(root))
	if err := <-lost; !errors.Is(err, errReplaced) {
		t.Errorf("error %v", err)
	}
	file := filepath.Join(root, "f")
	write(t, file, "1")
	nextEvent(t, b, file, fsnotify.Create)
	must(t, b.Close())
}
