package workspace

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// neverIdle returns an engine for quiet scans whose one thread of idle priority is taken
// by a text that takes seconds, over and over: as on a machine that is never idle.
func neverIdle(t *testing.T) *Engine {
	t.Helper()
	engine := NewEngine(Config{Jobs: 1, Quiet: true})
	slow := []byte("package p\nvar x = " + strings.Repeat("(a)(b)*c&", 200_000))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	for range 2 { // one runs, the other is next in the queue
		go func() {
			defer func() { ended <- struct{}{} }()
			for ctx.Err() == nil {
				_, err := engine.extractor.ExtractIdle(ctx, goLanguage(t), slow)
				if errors.Is(err, symbols.ErrNoThread) {
					return
				}
			}
		}()
	}
	t.Cleanup(func() {
		cancel()
		<-ended
		<-ended
	})
	return engine
}

// A quiet scan that somebody waits for is done as fast as any other, though no processor
// is ever idle; also if it has begun before.
func TestHurriedScanDoesNotWaitForIdleProcessors(t *testing.T) {
	t.Parallel()
	files := manyFiles(50)
	w, err := New(neverIdle(t), []string{makeTree(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	type result struct {
		report Report
		err    error
	}
	ended := make(chan result)
	go func() {
		report, err := w.Scan(t.Context(), nil)
		ended <- result{report, err}
	}()
	<-w.scans.begun
	done := w.Hurry()
	defer done()
	got := <-ended
	if got.err != nil {
		t.Fatal(got.err)
	}
	wantCounts(t, got.report, counts{Files: len(files), Parsed: len(files)})
}

// A request that needs the very content that a quiet scan is to parse does not wait for it.
func TestRequestDoesNotWaitForQuietScan(t *testing.T) {
	t.Parallel()
	engine := neverIdle(t)
	content := []byte(goFile("A"))
	ctx, cancel := context.WithCancel(t.Context())
	scanned := make(chan error)
	go func() {
		_, err := engine.parseScanned(ctx, goLanguage(t), content)
		scanned <- err
	}()
	summary, err := engine.Summarize(t.Context(), goLanguage(t), content)
	if err != nil || len(summary.Symbols) == 0 {
		t.Errorf("summary %v, error %v", summary, err)
	}
	cancel()
	if err := <-scanned; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A quiet scan ends with its context, though no processor is ever idle.
func TestQuietScanIsCancelled(t *testing.T) {
	t.Parallel()
	w, err := New(neverIdle(t), []string{makeTree(t, manyFiles(50))})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := w.Scan(ctx, nil)
		ended <- err
	}()
	<-w.scans.begun
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// On a machine with nothing else to do a quiet scan finds what any other finds.
func TestQuietScanFindsAll(t *testing.T) {
	t.Parallel()
	files := manyFiles(300)
	w, err := New(NewEngine(Config{Quiet: true}), []string{makeTree(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	report, err := w.Scan(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, report, counts{Files: len(files), Parsed: len(files)})
}

// Hurry counts: scans are quiet again when the last one who waited has gone.
func TestHurryCounts(t *testing.T) {
	t.Parallel()
	p := NewEngine(Config{Quiet: true}).pace
	isQuiet := func() bool {
		quiet, cancel := p.whileQuiet(t.Context())
		if quiet != nil {
			cancel()
		}
		return quiet != nil
	}
	first, second := p.hurry(), p.hurry()
	first()
	first() // once more counts for nothing
	if isQuiet() {
		t.Error("quiet while somebody waits")
	}
	second()
	if !isQuiet() {
		t.Error("not quiet though nobody waits")
	}
	under, cancel := p.whileQuiet(t.Context())
	defer cancel()
	defer p.hurry()()
	<-under.Done()
}
