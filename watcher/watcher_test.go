package watcher

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFileChanges(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	file := filepath.Join(root, "a", "b", "f.go")
	write(t, file, "1")
	r := start(t, Options{}, root)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"write", func() { write(t, file, "22") }},
		{"append", func() {
			f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteString("3")
			must(t, errors.Join(err, f.Close()))
		}},
		{"truncate", func() { must(t, os.Truncate(file, 0)) }},
		{"chmod", func() { must(t, os.Chmod(file, 0o600)) }},
		{"remove", func() { remove(t, file) }},
		{"create", func() { write(t, file, "4") }},
		{"link", func() { symlink(t, file, file+".link"); must(t, os.Rename(file+".link", file)) }},
	} {
		if step.name == "chmod" && runtime.GOOS == "windows" {
			continue // it changes nothing there
		}
		step.do()
		r.untilExactly(file)
		r.forget()
		t.Log(step.name)
	}
}

// W4: files and directories that are made in a new directory at once, before anybody
// can have watched it, are covered by a report, and later changes in it are reported.
func TestNewDirectoriesAreCovered(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	r := start(t, Options{}, root)
	var files []string
	for _, top := range []string{"a", "b", "c"} {
		for _, below := range []string{"f", "d/f", "d/e/f", "d/e/g/h/i/j/f"} {
			file := filepath.Join(root, top, filepath.FromSlash(below))
			write(t, file, "1")
			files = append(files, file)
		}
	}
	r.untilCovered(files...)
	r.forget()
	for _, file := range files {
		write(t, file, "22")
		r.untilExactly(file)
	}
}

// W4, again and again: a consumer that walks what is reported finds
// each file, however the making of files and directories falls between the steps.
func TestNewDirectoriesUnderLoad(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	r := start(t, Options{}, root)
	var writers sync.WaitGroup
	for _, w := range []string{"w0", "w1"} {
		writers.Go(func() {
			for i := range 200 {
				dir := filepath.Join(root, w, strings.Repeat("d", i%7+1), strings.Repeat("e", i%5+1))
				if err := os.MkdirAll(dir, 0o755); err != nil {
					continue // the line below removed what is above
				}
				_ = os.WriteFile(filepath.Join(dir, "f"), []byte(w), 0o644)
				if i%9 == 0 {
					_ = os.RemoveAll(filepath.Dir(dir))
				}
			}
		})
	}
	m := newModel(root)
	r.follow(m, func() { writers.Wait() })
}

// W5: the children of a directory that was renamed or moved away are reported as gone.
func TestMovedDirectories(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	base := tempDir(t)
	root, outside := filepath.Join(base, "root"), filepath.Join(base, "outside")
	write(t, filepath.Join(root, "a", "b", "f"), "1")
	mkdir(t, filepath.Join(root, "c"))
	mkdir(t, outside)
	r := start(t, Options{}, root)
	wantWatched := func(n int) {
		t.Helper()
		if got := r.status().Watched + r.status().Polled; got != n {
			t.Errorf("%d directories are watched, want %d", got, n)
		}
	}
	wantWatched(4) // root, a, a/b, c

	rename(t, filepath.Join(root, "a"), filepath.Join(root, "c", "d"))
	r.untilExactly(filepath.Join(root, "a"))
	r.untilExactly(filepath.Join(root, "c", "d"))
	wantWatched(4)
	r.forget()

	write(t, filepath.Join(root, "c", "d", "b", "f"), "22")
	r.untilExactly(filepath.Join(root, "c", "d", "b", "f"))
	r.forget()

	rename(t, filepath.Join(root, "c", "d"), filepath.Join(outside, "d"))
	r.untilExactly(filepath.Join(root, "c", "d"))
	wantWatched(2)
	r.quiet(root)

	// What happens to it there is nobody's business here.
	write(t, filepath.Join(outside, "d", "b", "f"), "333")
	write(t, filepath.Join(root, "last"), "1")
	r.untilExactly(filepath.Join(root, "last"))
	for _, b := range r.batches {
		if len(b.Dirty) != 1 || len(b.Rescan) != 0 {
			t.Errorf("got %+v, want only the last file", b)
		}
	}
	r.forget()

	rename(t, filepath.Join(outside, "d"), filepath.Join(root, "e"))
	r.untilCovered(filepath.Join(root, "e", "b", "f"))
	wantWatched(4)
	r.forget()
	write(t, filepath.Join(root, "e", "b", "f"), "4444")
	r.untilExactly(filepath.Join(root, "e", "b", "f"))
	r.forget()

	remove(t, filepath.Join(root, "e"))
	r.untilExactly(filepath.Join(root, "e"))
	wantWatched(2)
}

// W5: a directory goes and another takes its name, and may well get its inode number.
func TestReplacedDirectories(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	dir, file := filepath.Join(root, "d"), filepath.Join(root, "d", "e", "f")
	write(t, file, "0")
	r := start(t, Options{}, root)
	for i := range 50 {
		if i%2 == 0 {
			remove(t, dir)
		} else {
			rename(t, dir, filepath.Join(root, "was"))
			remove(t, filepath.Join(root, "was"))
		}
		write(t, file, "1")
		r.untilExactly(dir)
		r.forget()
		write(t, file, strings.Repeat("x", i+2))
		r.untilCovered(file)
		r.forget()
	}
}

// W7: all ways in which editors and tools save are reported, also those that replace the file.
func TestSavesByRename(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	file := filepath.Join(root, "f.go")
	write(t, file, "0")
	r := start(t, Options{}, root)
	saves := map[string]func(){
		"in place": func() { write(t, file, "1") },
		"temporary file and rename": func() {
			write(t, file+".tmp", "2")
			rename(t, file+".tmp", file)
		},
		"backup by rename": func() {
			rename(t, file, file+"~")
			write(t, file, "3")
			remove(t, file+"~")
		},
		"remove and create": func() {
			remove(t, file)
			write(t, file, "4")
		},
	}
	if _, err := exec.LookPath("sed"); err == nil {
		saves["sed -i"] = func() { must(t, exec.Command("sed", "-i", "s/./5/", file).Run()) }
	}
	for range 3 { // the second save is the one that a watch of the file misses
		for name, save := range saves {
			save()
			r.until(name+" is reported", func() bool { return r.named(file) || !systemWatches && r.covered(file) })
			r.forget()
		}
	}
}

func TestSymlinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	base := tempDir(t)
	root, outside := filepath.Join(base, "root"), filepath.Join(base, "outside")
	mkdir(t, root)
	mkdir(t, outside)
	symlink(t, outside, filepath.Join(root, "before"))
	symlink(t, root, filepath.Join(root, "loop"))
	r := start(t, Options{}, root)
	symlink(t, outside, filepath.Join(root, "after"))
	r.untilExactly(filepath.Join(root, "after"))
	r.forget()
	write(t, filepath.Join(outside, "f"), "1")
	write(t, filepath.Join(root, "last"), "1")
	r.untilExactly(filepath.Join(root, "last"))
	if want := []Batch{{Dirty: []string{filepath.Join(root, "last")}}}; !cmp.Equal(r.batches[:1], want) {
		t.Error(cmp.Diff(want, r.batches[:1]))
	}
	if got := r.status().Watched + r.status().Polled; got != 1 {
		t.Errorf("%d directories are watched, want the root only", got)
	}
}

// W8: ignore rules change while the watcher runs.
func TestSkipAndRefilter(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	root := tempDir(t)
	var mu sync.Mutex
	skipped := map[string]bool{"node_modules": true}
	skip := func(names ...string) {
		mu.Lock()
		defer mu.Unlock()
		clear(skipped)
		for _, name := range names {
			skipped[name] = true
		}
	}
	a, b := filepath.Join(root, "node_modules", "x", "f"), filepath.Join(root, "src", "gen", "f")
	write(t, a, "1")
	write(t, b, "1")
	r := start(t, Options{Skip: func(dir string) bool {
		mu.Lock()
		defer mu.Unlock()
		return skipped[filepath.Base(dir)]
	}}, root)
	n := 0
	only := func(change func(), want string) {
		t.Helper()
		change()
		n++
		last := filepath.Join(root, fmt.Sprint("last", n)) // a new one, of which no report is still to come
		write(t, last, "1")
		r.untilExactly(last)
		var got []string
		for _, batch := range r.batches {
			got = append(got, batch.Dirty...)
		}
		got = slices.DeleteFunc(got, func(path string) bool { return strings.HasPrefix(filepath.Base(path), "last") })
		if slices.Sort(got); strings.Join(slices.Compact(got), " ") != want {
			t.Errorf("reported: %v, want %q", got, want)
		}
		r.forget()
	}
	// What lies below a directory that is found is watched a little later.
	watched := func(directories int) {
		t.Helper()
		retry := time.NewTicker(time.Millisecond)
		defer retry.Stop()
		for deadline := time.After(patience); r.status().Watched+r.status().Polled != directories; {
			select {
			case <-retry.C:
			case <-deadline:
				t.Fatalf("%d directories are watched, want %d", r.status().Watched+r.status().Polled, directories)
			}
		}
		r.forget()
	}
	changeBoth := func() {
		write(t, a, "22")
		write(t, b, "22")
	}
	only(changeBoth, b)
	skip("gen")
	only(func() { must(t, r.w.Refilter(root)) }, filepath.Join(root, "node_modules"))
	watched(4)
	only(changeBoth, a)
	skip()
	only(func() { must(t, r.w.Refilter(filepath.Join(root, "src", "gen"))) }, filepath.Join(root, "src", "gen"))
	watched(5)
	only(changeBoth, a+" "+b)
	must(t, r.w.Refilter(filepath.Dir(root))) // nothing is known there
	only(changeBoth, a+" "+b)
}

func TestIgnoredFiles(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	root := tempDir(t)
	mkdir(t, filepath.Join(root, "d.o"))
	r := start(t, Options{Ignore: func(path string) bool { return filepath.Ext(path) == ".o" }}, root)
	write(t, filepath.Join(root, "x.o"), "1")
	rename(t, filepath.Join(root, "x.o"), filepath.Join(root, "y.o"))
	remove(t, filepath.Join(root, "y.o"))
	write(t, filepath.Join(root, "d.o", "f"), "1") // directories are Skip's business
	mkdir(t, filepath.Join(root, "e.o"))
	r.untilExactly(filepath.Join(root, "d.o", "f"))
	r.untilExactly(filepath.Join(root, "e.o"))
	for _, b := range r.batches {
		for _, path := range b.Dirty {
			if base := filepath.Base(path); base == "x.o" || base == "y.o" {
				t.Errorf("%s is reported", path)
			}
		}
	}
}

func TestMode(t *testing.T) {
	t.Parallel()
	needsWatches(t)
	if runtime.GOOS == "windows" {
		t.Skip("who may read a directory is not asked for on this system")
	}
	root := tempDir(t)
	dir := filepath.Join(root, "d")
	mkdir(t, dir)
	r := start(t, Options{}, root)
	must(t, os.Chtimes(dir, time.Unix(1, 0), time.Unix(1, 0))) // says nothing of its contents
	must(t, os.Chmod(dir, 0o700))
	r.untilExactly(dir)
	if len(r.batches) != 1 {
		t.Errorf("got %v, want one batch", r.batches)
	}
}

// Close ends everything whatever is going on, also when nobody reads the events.
func TestClose(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	for range 20 {
		w, err := New([]string{root}, Options{})
		must(t, err)
		var busy sync.WaitGroup
		busy.Go(func() {
			for w.Refilter(root) == nil {
				w.Status()
			}
		})
		write(t, filepath.Join(root, "d", "f"), "1")
		remove(t, filepath.Join(root, "d"))
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() {
				must(t, w.Close())
				if _, ok := <-w.Events(); ok {
					t.Error("a batch comes after Close")
				}
			})
		}
		closers.Wait()
		busy.Wait()
		if err := w.Add(root); !errors.Is(err, ErrClosed) {
			t.Errorf("Add after Close: %v", err)
		}
	}
}

// W4: a new directory may be found when the one above it is listed for another reason, before its own event comes.
// It is reported, with all that was in it before it was watched.
func TestDirectoriesFoundByListing(t *testing.T) {
	t.Parallel()
	needsWatchPerDirectory(t)
	root := tempDir(t)
	f, open := opener(&limits{watches: 1000})
	r := start(t, Options{open: open}, root)
	for i := range 20 {
		dir := filepath.Join(root, fmt.Sprint("d", i))
		mkdir(t, dir)
		r.untilCovered(dir)
		r.forget()
		<-f.gate                      // so that all of this comes at once
		must(t, os.Chmod(dir, 0o755)) // as it was
		file, last := filepath.Join(dir, "new", "f"), filepath.Join(root, "last")
		write(t, file, "1")
		write(t, last, fmt.Sprint(i))
		f.gate <- struct{}{}
		r.untilCovered(last)
		if !r.covered(file) {
			t.Fatalf("%s is not reported: %v", file, r.batches)
		}
	}
}
