package symbols

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// Extractor makes summaries of contents. It is safe for concurrent use. Without
// cgo it exists, and its methods return an error that says what is missing.
type Extractor struct {
	// requests and scans hold a slot for each extraction that may run: a runner left
	// by an earlier one, or nil for one yet to be made. They are apart so that a
	// request does not wait for a scan, which may come across a hundred files that
	// each take seconds.
	requests, scans chan *runner
	// idle makes the threads of extractions that nobody waits for, once.
	idle func() (*treesitter.IdlePool, error)
	// idleRunners are those of extractions on these threads.
	idleRunners sync.Pool
	// macros are shapes of macro calls that define something, see NewExtractor.
	macros []string

	mu    sync.Mutex
	ready map[string]*prepared // by Language.ID
}

// prepared is what is worked out once per language. They are apart because a process
// that finds every summary in a cache needs only the revision.
type prepared struct {
	outliner  func() (*outliner, error)
	nested    func() (*outliner, error) // nil without an error: the language has none
	revisions map[Part]func() ([8]byte, error)
}

// NewExtractor returns an Extractor that parses at most n contents at a time for
// requests and as many for scans; others wait. That bounds the memory for syntax
// trees, each with its copy some 25 times the size of its source and at most 160 MiB
// (runLimits). Languages are prepared on first use, which takes a millisecond each.
//
// macros are shapes that CheckMacro accepts, for languages with macros beside their own
// (language.Macros.Definitions). They are part of the revisions of these languages.
func NewExtractor(n int, macros ...string) *Extractor {
	e := &Extractor{
		requests: make(chan *runner, n),
		scans:    make(chan *runner, n),
		idle:     sync.OnceValues(func() (*treesitter.IdlePool, error) { return treesitter.NewIdlePool(n) }),
		macros:   macros,
		ready:    make(map[string]*prepared),
	}
	for range n {
		e.requests <- nil
		e.scans <- nil
	}
	return e
}

// Extract returns the symbols of a content: what Text returns of a file, or UnixLines
// of an open document. The summary is a pure function of content and Revision; a
// context that ends first gives an error and never a part of a summary.
func (e *Extractor) Extract(ctx context.Context, lang *language.Language, content []byte) (*Summary, error) {
	return e.extractIn(ctx, e.requests, lang, content)
}

// ExtractScanned is Extract for scans. It never makes Extract wait.
func (e *Extractor) ExtractScanned(ctx context.Context, lang *language.Language, content []byte) (*Summary, error) {
	return e.extractIn(ctx, e.scans, lang, content)
}

// ExtractIdle is Extract for a content that nobody waits for: its parsing gets a
// processor only while nobody else wants one, which may be never. The rest of its
// work, some fifth of it, has the priority of the caller. ErrNoThread is the error
// where the system has no thread for it.
func (e *Extractor) ExtractIdle(ctx context.Context, lang *language.Language, content []byte) (*Summary, error) {
	pool, err := e.idle()
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
	}
	r, ok := e.idleRunners.Get().(*runner)
	if !ok {
		r = &runner{parser: pool}
	}
	defer e.idleRunners.Put(r)
	return e.extractBy(ctx, r, lang, content)
}

// ErrNoThread is matched by the error of ExtractIdle and IdleTurn where the system has
// no thread for them.
var ErrNoThread = treesitter.ErrNoThread

// IdleTurn waits until a processor has nothing better to do than what ExtractIdle
// would do, or ctx ends.
func (e *Extractor) IdleTurn(ctx context.Context) error {
	pool, err := e.idle()
	if err != nil {
		return err
	}
	return pool.Turn(ctx)
}

// extractIn extracts in one of some slots.
func (e *Extractor) extractIn(ctx context.Context, slots chan *runner, lang *language.Language, content []byte) (
	summary *Summary, err error) {
	slotErr := inSlot(ctx, slots, func(r *runner) { summary, err = e.extractBy(ctx, r, lang, content) })
	if slotErr != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, slotErr)
	}
	return summary, err
}

// inSlot waits for one of some slots, and calls use with its runner.
func inSlot(ctx context.Context, slots chan *runner, use func(*runner)) (err error) {
	var r *runner
	select {
	case r = <-slots:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { slots <- r }()
	if r == nil {
		if r, err = newRunner(); err != nil {
			return err
		}
	}
	use(r)
	return nil
}

func (e *Extractor) extractBy(ctx context.Context, r *runner, lang *language.Language, content []byte) (*Summary, error) {
	if len(content) > MaxContent {
		return nil, fmt.Errorf("extract %s: content of %d bytes exceeds %d", lang.ID, len(content), MaxContent)
	}
	outliner, err := e.prepare(lang).outliner()
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
	}
	summary, err := extract(ctx, r, outliner, content)
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
	}
	return summary, nil
}

func extract(ctx context.Context, r *runner, o *outliner, content []byte) (*Summary, error) {
	found, err := extractTraced(ctx, r, o, content, nil)
	if err != nil {
		return nil, err
	}
	return found.summary, nil
}

// reading is a content as an outliner has read it.
type reading struct {
	by      *outliner
	plain   blanked
	summary *Summary // nil: there are syntax errors
	broken  *damage  // nil: there are none
	skipped []span   // which parts of the content were left out before parsing
}

// extractTraced extracts, and records in t how, unless that is nil.
func extractTraced(ctx context.Context, r *runner, o *outliner, content []byte, t *trace) (found *reading, err error) {
	defer func() {
		// One odd file must not end a server that holds unsaved work of others.
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	other := o.dialect
	if other != nil && o.isMarked(content) {
		o, other = other, o
	}
	found, err = o.read(ctx, r, content, t)
	if err != nil || found.broken == nil {
		return found, err
	}
	if other != nil {
		read, err := other.read(ctx, r, content, t)
		switch {
		case err != nil, read.broken == nil && read.summary.Truncated == 0:
			return read, err
		case read.broken != nil && isRather(read.broken.errors, found.broken.errors):
			o, found = other, read
		}
	}
	mended, err := o.mend(ctx, r, found.plain.text, found.broken)
	if err != nil {
		return nil, err
	}
	t.damaged(mended.broken)
	found.summary = o.outlinePlain(content, mended.captures, &found.plain, t)
	found.summary.SyntaxErrors = uint32(found.broken.errors)
	found.skipped = mended.skipped
	return found, nil
}

// dialectErrors is how many times more errors a content must have in the one dialect to be
// read in the other, where it has some, too. Somebody who writes makes a few.
const dialectErrors = 8

// isRather reports whether a content with so many errors in one dialect, and so many in the
// other that was tried before, is rather of the one.
func isRather(errors, before int) bool { return errors*dialectErrors < before }

// isMarked reports whether a comment before all else says that a content is written in
// the dialect.
func (o *outliner) isMarked(content []byte) bool {
	tokens := o.lexer.Scan(content)
	for t, ok := tokens.Next(); ok && t.Kind == lexer.Comment; t, ok = tokens.Next() {
		for _, mark := range o.marks {
			if bytes.Contains(content[t.Start:t.End], []byte(mark)) {
				return true
			}
		}
	}
	return false
}

// read parses a content and finds its symbols, if it has no syntax errors.
func (o *outliner) read(ctx context.Context, r *runner, content []byte, t *trace) (*reading, error) {
	found := &reading{by: o, plain: o.plain(content, false)}
	reduced := skeleton{text: found.plain.text}
	if o.skeleton != nil {
		reduced = newSkeleton(o.skeleton, found.plain.text, found.plain.blanks)
	}
	err := r.run(ctx, o, reduced.text, runLimits,
		func(captures []capture, status status) {
			if len(reduced.gaps) > 0 {
				for i := range captures {
					c := &captures[i]
					c.Start, c.End = reduced.original(c.Start, c.End)
				}
			}
			if status.Errors > 0 && !status.Truncated {
				found.broken = newDamage(&reduced, captures, status)
				return
			}
			found.summary = o.outlinePlain(content, captures, &found.plain, t)
			found.summary.SyntaxErrors = uint32(status.Errors)
			if status.Truncated {
				found.summary.Truncated |= TruncatedWork
			}
			found.skipped = reduced.skipped()
		})
	return found, err
}

// outlinePlain is outline for captures in the plain text of a content.
func (o *outliner) outlinePlain(content []byte, captures []capture, plain *blanked, t *trace) *Summary {
	if len(plain.leads) > 0 {
		for i := range captures {
			if c := &captures[i]; o.roles[c.Capture].role == roleDef {
				c.Start = plain.start(c.Start)
			}
		}
	}
	return o.outline(content, captures, plain, t)
}

// plain returns a content in words that the grammar knows. Some bodies of functions are
// blanked unless they are wanted.
func (o *outliner) plain(content []byte, bodies bool) blanked {
	if o.macros != nil {
		return blankMacros(o.macros, content, bodies)
	}
	return fillGaps(o.gaps, writeTypes(o.types, content))
}

func (e *Extractor) prepare(lang *language.Language) *prepared {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, ok := e.ready[lang.ID]
	if !ok {
		lang = withMacros(lang, e.macros)
		p = &prepared{
			outliner: sync.OnceValues(func() (*outliner, error) { return newOutliner(lang) }),
			revisions: map[Part]func() ([8]byte, error){
				PartSymbols: sync.OnceValues(func() ([8]byte, error) { return revision(lang, PartSymbols) }),
			},
		}
		p.nested = sync.OnceValues(func() (*outliner, error) {
			o, err := p.outliner()
			if err != nil {
				return nil, err
			}
			return newNestedOutliner(lang, o)
		})
		e.ready[lang.ID] = p
	}
	return p
}

// Revision identifies everything besides the content that a part of a language follows
// from: grammar, parser, our code, query, options and limits. The error is that of a
// build without cgo, or of a part that this package does not make.
func (e *Extractor) Revision(lang *language.Language, part Part) ([8]byte, error) {
	revision, ok := e.prepare(lang).revisions[part]
	if !ok {
		return [8]byte{}, fmt.Errorf("revision of %s: there is no part %q", lang.ID, part)
	}
	rev, err := revision()
	if err != nil {
		return [8]byte{}, fmt.Errorf("revision of %s: %w", lang.ID, err)
	}
	return rev, nil
}

// GrammarVersion returns the version of the module that a language's grammar
// comes from, for people to read; "unknown" in a build without module
// information.
func (e *Extractor) GrammarVersion(lang *language.Language) string {
	version, _ := moduleVersion(lang.GrammarModule)
	return version
}
