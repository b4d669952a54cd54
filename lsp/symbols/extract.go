package symbols

import (
	"context"
	"fmt"
	"sync"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// Extractor makes summaries of contents. It is safe for concurrent use. Without
// cgo it exists, and its methods return an error that says what is missing.
type Extractor struct {
	// parsers holds a slot per extraction that may run: a parser left by an
	// earlier one, or nil for one yet to be made.
	parsers chan *treesitter.Parser

	mu    sync.Mutex
	ready map[string]*prepared // by Language.ID
}

// prepared is what is worked out once per language. The two are apart because
// compiling a query takes up to a tenth of a second, and who finds every summary
// in a cache needs only the revision.
type prepared struct {
	outliner func() (*outliner, error)
	revision func() ([8]byte, error)
}

// NewExtractor returns an Extractor that parses at most n contents at a time;
// others wait. That bounds the memory for syntax trees, each some 20 times the
// size of its source. Languages are prepared on first use, which takes up to a
// tenth of a second each.
func NewExtractor(n int) *Extractor {
	e := &Extractor{parsers: make(chan *treesitter.Parser, n), ready: make(map[string]*prepared)}
	for range n {
		e.parsers <- nil
	}
	return e
}

// Extract returns the symbols of a content: what Text returns of a file, or UnixLines
// of an open document. The summary is a pure function of content and Revision; a
// context that ends first gives an error and never a part of a summary.
func (e *Extractor) Extract(ctx context.Context, lang *language.Language, content []byte) (*Summary, error) {
	if len(content) > MaxContent {
		return nil, fmt.Errorf("extract %s: content of %d bytes exceeds %d", lang.ID, len(content), MaxContent)
	}
	outliner, err := e.prepare(lang).outliner()
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
	}
	var parser *treesitter.Parser
	select {
	case parser = <-e.parsers:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { e.parsers <- parser }()
	if parser == nil {
		if parser, err = treesitter.NewParser(); err != nil {
			return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
		}
	}
	summary, err := extract(ctx, parser, outliner, content)
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", lang.ID, err)
	}
	return summary, nil
}

func extract(ctx context.Context, parser *treesitter.Parser, o *outliner, content []byte) (
	summary *Summary, err error) {
	defer func() {
		// One odd file must not end a server that holds unsaved work of others.
		if r := recover(); r != nil {
			summary, err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	reduced := skeleton{text: content}
	if o.skeleton != nil {
		reduced = newSkeleton(o.skeleton, content)
	}
	err = parser.Run(ctx, o.query, reduced.text, runLimits,
		func(captures []treesitter.Capture, status treesitter.Status) {
			if len(reduced.gaps) > 0 {
				for i := range captures {
					c := &captures[i]
					c.Start, c.End = reduced.original(c.Start, c.End)
				}
			}
			summary = o.outline(content, captures)
			summary.Truncated = summary.Truncated || status.Truncated
		})
	return summary, err
}

func (e *Extractor) prepare(lang *language.Language) *prepared {
	e.mu.Lock()
	defer e.mu.Unlock()
	p, ok := e.ready[lang.ID]
	if !ok {
		p = &prepared{
			outliner: sync.OnceValues(func() (*outliner, error) { return newOutliner(lang) }),
			revision: sync.OnceValues(func() ([8]byte, error) { return revision(lang) }),
		}
		e.ready[lang.ID] = p
	}
	return p
}

// Revision identifies everything besides the content that a summary follows
// from.
func (e *Extractor) Revision(lang *language.Language) ([8]byte, error) {
	rev, err := e.prepare(lang).revision()
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
