package contents

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// slice is how long the goroutines of a quiet scan work before they let all other
// processes go first. A language server that starts on all processors is held up that
// long at a time. An idle machine gives the next slice at once, at a cost of some 20 us.
const slice = 2 * time.Millisecond

// pace decides how scans share the machine. A quiet scan works while a processor has
// nothing else to do:
//
//   - It hands parsing, five sixths of the work of a first scan, to threads of idle
//     priority. A goroutine that waits for them holds nothing.
//   - Goroutines do all other work (walk, read, hash, encode) at the usual priority: a
//     goroutine on a thread that gets no processor could hold up the whole program. Each
//     slice of that work begins with a turn: a thread of idle priority must have had a
//     processor before.
//
// While somebody waits for a scan (see hurry) no scan is quiet. A parse that is running on
// a thread of idle priority is then left, and begun anew on another one.
type pace struct {
	quiet     bool
	extractor *symbols.Extractor

	gate sync.Mutex // held while a turn is waited for, so that all goroutines wait
	last time.Time  // when the last turn came; guarded by gate

	mu      sync.Mutex
	waiting int // how many wait for a scan
	// undisturbed ends when the first one begins to wait. It stays ended until the last
	// one has stopped.
	undisturbed context.Context
	disturb     context.CancelFunc
}

func newPace(quiet bool, extractor *symbols.Extractor) *pace {
	p := &pace{quiet: quiet, extractor: extractor}
	p.undisturbed, p.disturb = context.WithCancel(context.Background())
	return p
}

// Hurry makes scans as fast as they can be, in spite of Config.Quiet, until done is
// called. The caller waits for one.
func (e *Engine) Hurry() (done func()) { return e.pace.hurry() }

// Turn waits for this engine's turn on a busy machine. A scan calls it before each piece
// of work that takes much less than a millisecond. It returns at once where scans are not
// quiet, or when ctx ends.
func (e *Engine) Turn(ctx context.Context) { e.pace.turn(ctx) }

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

// whileQuiet returns a context that ends with ctx, or as soon as somebody waits for a
// scan. It is nil while scans are not to be quiet.
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

// extract returns the summary of a text for a scan.
func (p *pace) extract(ctx context.Context, lang *language.Language, text []byte) (*symbols.Summary, error) {
	if quiet, cancel := p.whileQuiet(ctx); quiet != nil {
		defer cancel()
		summary, err := p.extractor.ExtractIdle(quiet, lang, text)
		if quiet.Err() == nil && !errors.Is(err, symbols.ErrNoThread) || ctx.Err() != nil || err == nil {
			return summary, err
		}
	}
	return p.extractor.ExtractScanned(ctx, lang, text)
}

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
		_ = p.extractor.IdleTurn(quiet) // ignore error: the work goes on at once then
	}
	p.last = time.Now()
}

func (p *pace) yieldDisk() (restore func()) {
	p.mu.Lock()
	hurried := p.waiting > 0
	p.mu.Unlock()
	if !p.quiet || hurried {
		return func() {}
	}
	return idleDisk()
}
