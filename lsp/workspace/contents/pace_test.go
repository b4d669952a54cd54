package contents

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
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
				_, err := engine.extractor.ExtractIdle(ctx, testtree.Go(t), slow)
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

// scanTexts does with an engine what a scan of n new files does. It closes begun when it
// has begun.
func scanTexts(ctx context.Context, t *testing.T, e *Engine, n int, begun chan struct{}) error {
	for i := range n {
		if i == 0 {
			close(begun)
		}
		e.Turn(ctx)
		if _, err := e.ParseScanned(ctx, testtree.Go(t), []byte(testtree.GoFile(fmt.Sprint("F", i)))); err != nil {
			return err
		}
	}
	return nil
}

// A quiet scan that somebody waits for does not wait for an idle processor, though it has
// begun before.
func TestHurriedScanDoesNotWaitForIdleProcessors(t *testing.T) {
	t.Parallel()
	e := neverIdle(t)
	begun, ended := make(chan struct{}), make(chan error)
	go func() { ended <- scanTexts(t.Context(), t, e, 50, begun) }()
	<-begun
	done := e.Hurry()
	defer done()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if e.Parsed() != 50 {
		t.Errorf("%d texts were parsed, want 50", e.Parsed())
	}
}

// A quiet scan ends with its context, though no processor is ever idle.
func TestQuietScanIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	e, begun, ended := neverIdle(t), make(chan struct{}), make(chan error)
	go func() { ended <- scanTexts(ctx, t, e, 50, begun) }()
	<-begun
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A request that needs the very content that a quiet scan is to parse does not wait for it.
func TestRequestDoesNotWaitForQuietScan(t *testing.T) {
	t.Parallel()
	engine := neverIdle(t)
	content := []byte(testtree.GoFile("A"))
	ctx, cancel := context.WithCancel(t.Context())
	scanned := make(chan error)
	go func() {
		_, err := engine.ParseScanned(ctx, testtree.Go(t), content)
		scanned <- err
	}()
	summary, err := engine.Summarize(t.Context(), testtree.Go(t), content)
	if err != nil || len(summary.Symbols) == 0 {
		t.Errorf("summary %v, error %v", summary, err)
	}
	cancel()
	if err := <-scanned; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Hurry counts its callers: scans are quiet again when the last one is done.
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
