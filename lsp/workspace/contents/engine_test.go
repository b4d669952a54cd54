package contents

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// The text of a buffer, and a file that was only looked at, are not written to disk.
func TestSummarizeAndSourceDoNotStore(t *testing.T) { // P3
	t.Parallel()
	e := newEngine(t, Config{})
	file := filepath.Join(testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}), "a.go")
	source, err := e.Source(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(summaryOf(t, e, testtree.GoFile("A")), source.Summary); diff != "" || len(source.Summary.Symbols) != 1 {
		t.Errorf("%d symbols, %s", len(source.Summary.Symbols), diff)
	}
	wantStored(t, e, 0)
}

func TestKeepStores(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	file := filepath.Join(testtree.Make(t, map[string]string{"a.go": "\uFEFF" + testtree.GoFile("A")}), "a.go")
	for range 2 {
		kept, err := e.Keep(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summaryOf(t, e, testtree.GoFile("A")), kept.Summary); diff != "" {
			t.Error(diff)
		}
		wantStored(t, e, 1)
	}
	if e.Lookup(keyOf(t, e, testtree.GoFile("A"))) == nil {
		t.Error("the content without its byte order mark is not stored")
	}
}

// A value that does not decode counts as missing, and is replaced.
func TestUndecodableSummaryIsReplaced(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	key := keyOf(t, e, testtree.GoFile("A"))
	if _, err := e.Store().Put(key, []byte("from another world")); err != nil {
		t.Fatal(err)
	}
	dir := testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")})
	if _, err := e.Keep(t.Context(), filepath.Join(dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	if e.Lookup(key) == nil {
		t.Error("the value was not replaced")
	}
}

// A store that fails is complained about once for each cause, and every summary is there.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	store := testtree.NewStore(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	e := newEngine(t, Config{Store: store, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	dir := testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")})
	for range 2 {
		if kept, err := e.Keep(t.Context(), filepath.Join(dir, "a.go")); err != nil || len(kept.Symbols) != 1 {
			t.Errorf("Keep = %v, %v", kept, err)
		}
	}
	if log := log.String(); strings.Count(log, "level=WARN") != 2 || !strings.Contains(log, "cause=read") || !strings.Contains(log, "cause=write") {
		t.Errorf("want a warning for each of read and write:\n%s", log)
	}
}

// One summary that is too large for the store keeps no other out of it.
func TestTooLargeSummary(t *testing.T) { // S15
	t.Parallel()
	e := newEngine(t, Config{})
	good, more := recordOf(t, e, testtree.GoFile("A")), recordOf(t, e, testtree.GoFile("B"))
	huge := cachestore.Record{Key: keyOf(t, e, "huge"), Value: make([]byte, 17<<20)}
	if n, err := e.Put(good, huge, more); n != 1 || !errors.Is(err, cachestore.ErrTooLarge) {
		t.Errorf("%d records were not stored, want 1: %v", n, err)
	}
	if e.Lookup(good.Key) == nil || e.Lookup(more.Key) == nil {
		t.Error("a summary that could be stored was not")
	}
}

func TestParseEndsWithContext(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Summarize(ctx, testtree.Go(t), []byte(testtree.GoFile("A"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Summarize: %v", err)
	}
	file := filepath.Join(testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}), "a.go")
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
