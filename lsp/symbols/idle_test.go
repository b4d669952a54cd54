package symbols

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// slow returns a text that takes seconds to parse, in Go.
func slow() []byte { return []byte("package p\nvar x = " + strings.Repeat("(a)(b)*c&", 200_000)) }

// occupied starts an extraction of a slow text. release ends it.
func occupied(t *testing.T, extract func(context.Context, *language.Language, []byte) (*Summary, error), lang *language.Language) (release func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := extract(ctx, lang, slow())
		ended <- err
	}()
	release = func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	t.Cleanup(cancel)
	return release
}

// A scan that parses slow files in all of its slots, and others that wait for one, do
// not make a request wait.
func TestRequestsDoNotWaitForScans(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	extractor := NewExtractor(2)
	lang := byExtension(t, "x.go")
	// The slots are taken by hand: no extraction can give one back.
	for range 2 {
		<-extractor.scans
	}
	s, err := extractor.Extract(t.Context(), lang, []byte("package p\nfunc f() {}\n"))
	if err != nil || len(s.Symbols) != 1 {
		t.Errorf("beside a scan: %v, error %v", s, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := extractor.ExtractScanned(ctx, lang, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a scan without a free slot: error %v", err)
	}
}

// A content has the same summary on whatever thread it is parsed, also where it is cut.
func TestIdleSummariesAreTheSame(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for name, text := range map[string]string{
		"empty.go":     "",
		"short.go":     "package p\nfunc f() {}\n",
		"errors.go":    "package p\n)\nfunc f() {}\n",
		"cut.go":       "package p\nfunc first() {}\n" + strings.Repeat("/*\n", 12_000),
		"indented.py":  "def f():\n" + indented(60),
		"templates.ts": "class A<T> { f(): A<A<T>> { return `${this}` } }\n",
	} {
		lang := byExtension(t, name)
		want, err := extractor.Extract(t.Context(), lang, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := extractor.ExtractIdle(t.Context(), lang, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-usual +idle):\n%s", name, diff)
		}
	}
}

// An extraction in the background ends with its context: at once when it has not begun,
// and also while it runs. The thread is free for others then.
func TestIdleExtractionIsCancelled(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	extractor := NewExtractor(1)
	lang := byExtension(t, "x.go")
	for range 20 {
		release := occupied(t, extractor.ExtractIdle, lang)
		queued, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := extractor.ExtractIdle(queued, lang, slow()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an extraction that waits: error %v", err)
		}
		cancel()
		if err := extractor.IdleTurn(queued); err != nil && queued.Err() == nil {
			t.Errorf("a turn: error %v", err)
		}
		release()
		s, err := extractor.ExtractIdle(t.Context(), lang, []byte("package p\nfunc f() {}\n"))
		if err != nil || len(s.Symbols) != 1 {
			t.Fatalf("after one that was cancelled: %v, error %v", s, err)
		}
	}
}

// More extractions than threads take turns, and each gets its own result.
func TestIdleExtractionsTakeTurns(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	lang := byExtension(t, "x.go")
	failed := make(chan error)
	const many = 50
	for i := range many {
		go func() {
			name := strings.Repeat("f", i+1)
			s, err := extractor.ExtractIdle(t.Context(), lang, []byte("package p\nfunc "+name+"() {}\n"))
			if err == nil && (len(s.Symbols) != 1 || s.Symbols[0].Name != name) {
				err = errors.New("another one's symbols for " + name)
			}
			failed <- err
		}()
	}
	for range many {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
