package workspace

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

func goLanguage(t testing.TB) *language.Language { return testtree.Go(t) }

func summaryOf(t testing.TB, e *contents.Engine, text string) *symbols.Summary {
	t.Helper()
	summary, err := e.Summarize(t.Context(), goLanguage(t), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func keyOf(t testing.TB, e *contents.Engine, text string) cachestore.Key {
	t.Helper()
	key, err := e.Key(goLanguage(t), cachestore.Sum([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func recordOf(t testing.TB, e *contents.Engine, text string) cachestore.Record {
	t.Helper()
	return cachestore.Record{Key: keyOf(t, e, text), Value: symbols.Encode(summaryOf(t, e, text))}
}

func wantStored(t *testing.T, e *contents.Engine, want int) {
	t.Helper()
	stats, err := e.Store().Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Entries != want {
		t.Errorf("the store has %d entries, want %d", stats.Entries, want)
	}
}

// A value that does not decode counts as missing, and a scan replaces it.
func TestScanReplacesUndecodableSummary(t *testing.T) {
	t.Parallel()
	e := newEngine(t, contents.Config{})
	key := keyOf(t, e, goFile("A"))
	if _, err := e.Store().Put(key, []byte("from another world")); err != nil {
		t.Fatal(err)
	}
	scanned(t, e, makeTree(t, map[string]string{"a.go": goFile("A")}))
	if e.Lookup(key) == nil {
		t.Error("the value was not replaced")
	}
}

// A scan with a store that fails finds all symbols. It complains once for each cause.
func TestScanWithBrokenStore(t *testing.T) {
	t.Parallel()
	store := openStore(t, filepath.Join(t.TempDir(), "cache"), cachestore.Options{})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	e := newEngine(t, contents.Config{Store: store, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B")})
	report, _ := scanned(t, e, dir)
	wantCounts(t, report, counts{Files: 2, Parsed: 2})
	if report.NotStored != 2 {
		t.Errorf("%d summaries were not stored, want 2", report.NotStored)
	}
	if log := log.String(); strings.Count(log, "level=WARN") != 3 || !strings.Contains(log, "cause=read") ||
		!strings.Contains(log, "cause=lock") || !strings.Contains(log, "cause=write") {
		t.Errorf("want a warning for each of read, lock and write:\n%s", log)
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
