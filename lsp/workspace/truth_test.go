package workspace

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files/door"
)

// freshMaxFileSize has files too large that are still written fast.
const freshMaxFileSize = 16 << 10

// truth tells what is found in a content, by parsing it with nothing else at hand.
// It is safe for concurrent use.
type truth struct {
	engine *contents.Engine
	mu     sync.Mutex
	known  map[named][]index.Match
}

// named is a content of a file with that last element of its path, which decides on
// the language.
type named struct{ name, text string }

func newTruth() *truth {
	return &truth{engine: contents.NewEngine(contents.Config{MaxFileSize: freshMaxFileSize, Jobs: 1}), known: make(map[named][]index.Match)}
}

// summary is that of a content, nil of one that is no source.
func (r *truth) summary(t *testing.T, path, text string) *symbols.Summary {
	t.Helper()
	lang := symbols.Detect(filepath.Base(path), []byte(text))
	content, ok := symbols.Text([]byte(text))
	if lang == nil || !ok || len(text) > freshMaxFileSize {
		return nil
	}
	summary, err := r.engine.Summarize(t.Context(), lang, content)
	if err != nil {
		t.Error(err)
	}
	return summary
}

// has tells whether a match, of whatever path, is one in a content.
func (r *truth) has(t *testing.T, text string, m index.Match) bool {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	key := named{filepath.Base(m.Path), text}
	all, ok := r.known[key]
	if !ok {
		one := index.NewMemory()
		one.Set(key.name, index.Document{Summary: r.summary(t, key.name, text)})
		var err error
		if all, err = index.Search(t.Context(), index.Query{Limit: 1 << 20}, one.View()); err != nil {
			t.Error(err)
		}
		r.known[key] = all
	}
	return slices.ContainsFunc(all, func(o index.Match) bool {
		return o.Name == m.Name && o.Kind == m.Kind && o.Container == m.Container && o.Range == m.Range && o.Selection == m.Selection
	})
}

// state is how a file, or a directory, was at one moment.
type state struct {
	info fs.FileInfo // nil: there was none
	stat door.Stat
	text string
}

func (s state) same(later state) bool {
	if s.info == nil || later.info == nil {
		return s.info == nil && later.info == nil
	}
	return s.stat == later.stat && s.text == later.text
}

// states are those of all regular files and directories below one.
type states map[string]state

func statesBelow(dir string) states {
	all := make(states)
	// ignore errors: what goes away meanwhile is not there
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case e.IsDir() && e.Name() == ".git":
			return fs.SkipDir
		case e.IsDir():
			info, err := e.Info()
			if stat, _, statErr := door.StatPath(path); err == nil && statErr == nil {
				all[path] = state{info: info, stat: stat}
			}
		case e.Type().IsRegular():
			if s, ok := stateOf(path); ok {
				all[path] = s
			}
		}
		return nil
	})
	return all
}

// same tells that a file was the same all the time until later: neither it nor what
// leads to it has changed.
func (s states) same(path string, later states) bool {
	for s[path].same(later[path]) {
		if above := filepath.Dir(path); above != path {
			path = above
			continue
		}
		return true
	}
	return false
}

// stateOf reads a file; ok is false if there is none, or it changes at the moment.
func stateOf(path string) (s state, ok bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return state{}, false
	}
	before, _, err := door.StatPath(path)
	if err != nil {
		return state{}, false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return state{}, false
	}
	after, _, err := door.StatPath(path)
	return state{info, before, string(text)}, err == nil && before == after
}

// buffers are open documents, and the overlay that they are for searches.
type buffers struct {
	mu      sync.Mutex
	texts   map[string]string
	overlay *index.Memory
}

func newBuffers() *buffers {
	return &buffers{texts: make(map[string]string), overlay: index.NewMemory()}
}

// now returns the texts, which do not change any more, and the overlay of them.
func (b *buffers) now() (texts map[string]string, view *index.View) {
	b.mu.Lock()
	defer b.mu.Unlock()
	texts = make(map[string]string, len(b.texts))
	for path, text := range b.texts {
		texts[path] = text
	}
	return texts, b.overlay.View()
}

// set opens or changes a document.
func (b *buffers) set(t *testing.T, e *contents.Engine, path, text string) {
	t.Helper()
	var doc index.Document
	if lang := symbols.Detect(filepath.Base(path), []byte(text)); lang != nil {
		summary, err := e.Summarize(t.Context(), lang, symbols.UnixLines([]byte(text)))
		if err != nil {
			t.Error(err)
		}
		doc = index.Document{Summary: summary, Language: lang.ID}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.texts[path] = text
	b.overlay.Set(path, doc)
}

func (b *buffers) close(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.texts, path)
	b.overlay.Delete(path)
}

// roundLog keeps the log of the current round, and counts what should come up.
type roundLog struct {
	mu              sync.Mutex
	text            bytes.Buffer
	lost, exhausted atomic.Int64
}

var _ io.Writer = (*roundLog)(nil)

func (l *roundLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("events were lost")) {
		l.lost.Add(1)
	}
	if bytes.Contains(line, []byte("cannot be watched")) {
		l.exhausted.Add(1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(time.Now().Format("15:04:05.000000 "))
	return l.text.Write(line)
}

func (l *roundLog) reset(round int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
	fmt.Fprintf(&l.text, "round %d\n", round)
}

func (l *roundLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
