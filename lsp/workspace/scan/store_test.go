package scan

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// A value that does not decode counts as missing, and a scan replaces it.
func TestScanReplacesUndecodableSummary(t *testing.T) {
	t.Parallel()
	e := newEngine(t, contents.Config{})
	key := keyOf(t, e, testtree.GoFile("A"))
	if _, err := e.Store().Put(key, []byte("from another world")); err != nil {
		t.Fatal(err)
	}
	scanned(t, e, testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	if e.Lookup(key) == nil {
		t.Error("the value was not replaced")
	}
}

// A scan with a store that fails finds all symbols. It complains once for each cause.
func TestScanWithBrokenStore(t *testing.T) {
	t.Parallel()
	store := testtree.NewStore(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	e := newEngine(t, contents.Config{Store: store, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	dir := testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A"), "b.go": testtree.GoFile("B")})
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
