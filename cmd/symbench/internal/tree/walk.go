// Package tree reads source trees without symcache: bare walks to compare with, names to
// search for, and made-up workspaces of any size.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/cachestore"
)

// Language is one that all contestants know.
type Language string

// The languages, by the names that LSP gives them.
const (
	Go         Language = "go"
	Python     Language = "python"
	JavaScript Language = "javascript"
	TypeScript Language = "typescript"
	C          Language = "c"
)

// languageOf returns the language of a file by its extension; "" for all others.
func languageOf(name string) Language {
	switch filepath.Ext(name) {
	case ".go":
		return Go
	case ".py", ".pyi", ".pyw":
		return Python
	case ".js", ".jsx", ".mjs", ".cjs", ".es6":
		return JavaScript
	case ".ts", ".tsx", ".mts", ".cts":
		return TypeScript
	case ".c", ".h":
		return C
	default:
		return ""
	}
}

// ID returns the name that LSP gives to the language of a file, which has names of its own for files with JSX.
func (l Language) ID(path string) string {
	switch filepath.Ext(path) {
	case ".tsx":
		return "typescriptreact"
	case ".jsx":
		return "javascriptreact"
	}
	return string(l)
}

// Files returns the language of most files below dir, and the files of that language that have more than least and less
// than limit bytes, sorted.
func Files(ctx context.Context, dir string, least, limit int64) (Language, []string, error) {
	all, err := sources(ctx, dir, func(string) bool { return true })
	if err != nil {
		return "", nil, err
	}
	language := most(all)
	var files []string
	for _, path := range all[language] {
		info, err := os.Stat(path)
		if err != nil {
			return "", nil, err
		}
		if info.Size() > least && info.Size() < limit {
			files = append(files, path)
		}
	}
	slices.Sort(files)
	return language, files, nil
}

// skipped are directories that no contestant enters.
func skipped(name string) bool { return name == ".git" || name == "node_modules" }

// Totals is what a walk has seen.
type Totals struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Lstat walks dir with parallel workers and looks at the metadata of each source file:
// the least that can tell an unchanged tree.
func Lstat(ctx context.Context, dir string, workers int) (Totals, error) {
	var files, bytes atomic.Int64
	err := walk(ctx, dir, workers, func(path string) error {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		files.Add(1)
		bytes.Add(info.Size())
		return nil
	})
	return Totals{files.Load(), bytes.Load()}, err
}

// Hash walks dir with parallel workers, and reads and hashes each source file: the least
// that a content-addressed cache has to do on its first visit.
func Hash(ctx context.Context, dir string, workers int) (Totals, error) {
	var files, bytes atomic.Int64
	err := walk(ctx, dir, workers, func(path string) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		cachestore.Sum(content)
		files.Add(1)
		bytes.Add(int64(len(content)))
		return nil
	})
	return Totals{files.Load(), bytes.Load()}, err
}

// walker hands directories to workers. Each reads one whole directory at a time.
type walker struct {
	mu      sync.Mutex
	changed sync.Cond // directories or ended have changed
	todo    []string
	pending int // directories on todo or being read
	err     error
}

// walk calls visit, from all workers at once, with each regular source file below dir.
func walk(ctx context.Context, dir string, workers int, visit func(path string) error) error {
	w := &walker{todo: []string{dir}, pending: 1}
	w.changed.L = &w.mu
	stop := context.AfterFunc(ctx, func() { w.fail(ctx.Err()) })
	defer stop()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { w.work(visit) })
	}
	group.Wait()
	if w.err != nil {
		return fmt.Errorf("walk %s: %w", dir, w.err)
	}
	return nil
}

func (w *walker) work(visit func(path string) error) {
	for {
		dir, ok := w.next()
		if !ok {
			return
		}
		below, err := readDir(dir, visit)
		if err != nil {
			w.fail(err)
			return
		}
		w.mu.Lock()
		w.todo = append(w.todo, below...)
		w.pending += len(below) - 1
		w.mu.Unlock()
		w.changed.Broadcast()
	}
}

// next waits for a directory; there is none when all have been read, or one has failed.
func (w *walker) next() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.todo) == 0 && w.pending > 0 && w.err == nil {
		w.changed.Wait()
	}
	if w.err != nil || len(w.todo) == 0 {
		return "", false
	}
	last := len(w.todo) - 1
	dir := w.todo[last]
	w.todo = w.todo[:last]
	return dir, true
}

func (w *walker) fail(err error) {
	w.mu.Lock()
	w.err = errors.Join(w.err, err)
	w.mu.Unlock()
	w.changed.Broadcast()
}

// readDir visits a directory's source files and returns the directories in it.
func readDir(dir string, visit func(path string) error) (below []string, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1) // in the order of the disk: os.ReadDir sorts
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch {
		case e.IsDir() && !skipped(e.Name()):
			below = append(below, filepath.Join(dir, e.Name()))
		case e.Type().IsRegular() && languageOf(e.Name()) != "":
			if err := visit(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	return below, nil
}
