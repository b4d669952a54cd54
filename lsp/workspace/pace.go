package workspace

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// slice is how long the goroutines of a quiet scan work before they let everybody else
// on the machine go first. A language server that starts on all processors is held up
// for so long at a time; an idle machine gives the next slice at once, for some 20 us.
const slice = 2 * time.Millisecond

// pace decides how scans share the machine. A quiet one works while a processor has
// nothing else to do:
//
//   - Parsing, five sixths of the work of a first scan, is handed to threads of idle
//     priority. A goroutine waits for them and holds nothing meanwhile.
//   - All other work (walk, read, hash, encode) is done by goroutines as ever, since a
//     goroutine on a thread that gets no processor could hold up the whole program. But
//     every slice of it begins with a turn: a thread of idle priority must have had a
//     processor first.
//
// While somebody waits for a scan (see hurry), it is not quiet: a parse that is under
// way on a thread of idle priority is left and begun anew.
type pace struct {
	quiet     bool
	extractor *symbols.Extractor

	gate sync.Mutex // held while a turn is waited for, so that all goroutines wait
	last time.Time  // when the last turn came; guarded by gate

	mu      sync.Mutex
	waiting int // how many wait for a scan
	// undisturbed ends when somebody begins to wait, and has ended while anybody does.
	undisturbed context.Context
	disturb     context.CancelFunc
}

func newPace(quiet bool, extractor *symbols.Extractor) *pace {
	p := &pace{quiet: quiet, extractor: extractor}
	p.undisturbed, p.disturb = context.WithCancel(context.Background())
	return p
}

// hurry has scans go on as fast as they can until done is called.
func (p *pace) hurry() (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting++; p.waiting == 1 {
		p.disturb()
	}
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.waiting--; p.waiting == 0 {
			p.undisturbed, p.disturb = context.WithCancel(context.Background())
		}
	})
}

// whileQuiet returns a context that ends with ctx, or as soon as somebody waits. It is
// nil while a scan is not to be quiet.
func (p *pace) whileQuiet(ctx context.Context) (quiet context.Context, cancel func()) {
	if !p.quiet {
		return nil, nil
	}
	p.mu.Lock()
	undisturbed := p.undisturbed
	p.mu.Unlock()
	if undisturbed.Err() != nil {
		return nil, nil
	}
	quiet, stop := context.WithCancel(ctx)
	unregister := context.AfterFunc(undisturbed, stop)
	return quiet, func() {
		unregister()
		stop()
	}
}

// extract returns the symbols of a content for a scan.
func (p *pace) extract(ctx context.Context, lang *language.Language, content []byte) (*symbols.Summary, error) {
	if quiet, cancel := p.whileQuiet(ctx); quiet != nil {
		defer cancel()
		summary, err := p.extractor.ExtractIdle(quiet, lang, content)
		if quiet.Err() == nil && !errors.Is(err, symbols.ErrNoThread) || ctx.Err() != nil || err == nil {
			return summary, err
		}
	}
	return p.extractor.ExtractScanned(ctx, lang, content)
}

// turn is called by a scan before each piece of work that is short beside a slice.
func (p *pace) turn(ctx context.Context) {
	if !p.quiet {
		return
	}
	p.gate.Lock()
	defer p.gate.Unlock()
	if time.Since(p.last) < slice {
		return
	}
	if quiet, cancel := p.whileQuiet(ctx); quiet != nil {
		defer cancel()
		_ = p.extractor.IdleTurn(quiet) // ignore error: then it goes on at once
	}
	p.last = time.Now()
}

// yieldDisk lets everybody else read from the disk before what the calling goroutine
// reads until restore is called.
func (p *pace) yieldDisk() (restore func()) {
	p.mu.Lock()
	hurried := p.waiting > 0
	p.mu.Unlock()
	if !p.quiet || hurried {
		return func() {}
	}
	return idleDisk()
}
