package workspace

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

func goLanguage(t testing.TB) *language.Language {
	t.Helper()
	lang := symbols.ByID("go")
	if lang == nil {
		t.Fatal("there is no language go")
	}
	return lang
}

func summaryOf(t testing.TB, e *Engine, text string) *symbols.Summary {
	t.Helper()
	summary, err := e.Summarize(t.Context(), goLanguage(t), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func keyOf(t testing.TB, e *Engine, text string) cachestore.Key {
	t.Helper()
	key, err := e.key(goLanguage(t), cachestore.Sum([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func recordOf(t testing.TB, e *Engine, text string) cachestore.Record {
	t.Helper()
	return cachestore.Record{Key: keyOf(t, e, text), Value: symbols.Encode(summaryOf(t, e, text))}
}

func wantStored(t *testing.T, e *Engine, want int) {
	t.Helper()
	stats, err := e.config.Store.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Entries != want {
		t.Errorf("the store has %d entries, want %d", stats.Entries, want)
	}
}

// What is in a buffer, or was only looked at, is not written to disk.
func TestSummarizeAndOutlineDoNotStore(t *testing.T) { // P3
	t.Parallel()
	e := newEngine(t, Config{})
	file := filepath.Join(makeTree(t, map[string]string{"a.go": goFile("A")}), "a.go")
	outline, err := e.Outline(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(summaryOf(t, e, goFile("A")), outline); diff != "" || len(outline.Symbols) != 1 {
		t.Errorf("%d symbols, %s", len(outline.Symbols), diff)
	}
	wantStored(t, e, 0)
}

func TestKeepStores(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	file := filepath.Join(makeTree(t, map[string]string{"a.go": "\uFEFF" + goFile("A")}), "a.go")
	for range 2 {
		kept, err := e.Keep(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summaryOf(t, e, goFile("A")), kept); diff != "" {
			t.Error(diff)
		}
		wantStored(t, e, 1)
	}
	if e.lookup(keyOf(t, e, goFile("A"))) == nil {
		t.Error("the content without its byte order mark is not stored")
	}
}

// A value that its reader does not understand is as good as none, and replaced.
func TestUndecodableSummary(t *testing.T) {
	t.Parallel()
	uses := map[string]func(*Engine, string) error{
		"Keep": func(e *Engine, file string) error {
			_, err := e.Keep(t.Context(), file)
			return err
		},
		"Scan": func(e *Engine, file string) error {
			_, err := scanWith(t.Context(), e, []string{filepath.Dir(file)}, nil, nil)
			return err
		},
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, Config{})
			key := keyOf(t, e, goFile("A"))
			if _, err := e.config.Store.Put(key, []byte("from another world")); err != nil {
				t.Fatal(err)
			}
			dir := makeTree(t, map[string]string{"a.go": goFile("A")})
			if err := use(e, filepath.Join(dir, "a.go")); err != nil {
				t.Fatal(err)
			}
			if e.lookup(key) == nil {
				t.Error("the value was not replaced")
			}
		})
	}
}

// A store that fails is complained about once for each cause, and everything is answered.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	store := openStore(t, filepath.Join(t.TempDir(), "cache"), cachestore.Options{})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	e := newEngine(t, Config{Store: store, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B")})
	report, _ := scanned(t, e, dir)
	wantCounts(t, report, counts{Files: 2, Parsed: 2})
	if report.NotStored != 2 {
		t.Errorf("%d summaries were not stored, want 2", report.NotStored)
	}
	if kept, err := e.Keep(t.Context(), filepath.Join(dir, "a.go")); err != nil || len(kept.Symbols) != 1 {
		t.Errorf("Keep = %v, %v", kept, err)
	}
	if log := log.String(); strings.Count(log, "level=WARN") != 3 || !strings.Contains(log, "cause=read") ||
		!strings.Contains(log, "cause=lock") || !strings.Contains(log, "cause=write") {
		t.Errorf("want a warning for each of read, lock and write:\n%s", log)
	}
}

// One summary that is too large for the store keeps no other out of it.
func TestTooLargeSummary(t *testing.T) { // S15
	t.Parallel()
	e := newEngine(t, Config{})
	good, more := recordOf(t, e, goFile("A")), recordOf(t, e, goFile("B"))
	huge := cachestore.Record{Key: keyOf(t, e, "huge"), Value: make([]byte, 17<<20)}
	if n, err := e.put(good, huge, more); n != 1 || !errors.Is(err, cachestore.ErrTooLarge) {
		t.Errorf("%d records were not stored, want 1: %v", n, err)
	}
	if e.lookup(good.Key) == nil || e.lookup(more.Key) == nil {
		t.Error("what could be stored was not")
	}
}

func TestParseEndsWithContext(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Summarize(ctx, goLanguage(t), []byte(goFile("A"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Summarize: %v", err)
	}
	file := filepath.Join(makeTree(t, map[string]string{"a.go": goFile("A")}), "a.go")
	if _, err := e.Keep(ctx, file); !errors.Is(err, context.Canceled) {
		t.Errorf("Keep: %v", err)
	}
	wantStored(t, e, 0)
}

func TestMaxFileSizeIsTheExtractorsAtMost(t *testing.T) {
	t.Parallel()
	if got := NewEngine(Config{MaxFileSize: 1 << 40}).MaxFileSize(); got != symbols.MaxContent {
		t.Errorf("MaxFileSize = %d", got)
	}
	if got := NewEngine(Config{}).MaxFileSize(); got != DefaultMaxFileSize {
		t.Errorf("MaxFileSize = %d by default", got)
	}
}

// syncBuffer is a buffer for many writers.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
