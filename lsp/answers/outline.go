package answers

import (
	"context"
	"errors"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// errTooLarge is the outline of a document above symbols.MaxContent.
var errTooLarge = errors.New("document is larger than what can be parsed")

// outline is the summary of a document's text, worked out when it is first asked for.
type outline struct {
	turn    chan struct{} // has a token while somebody works on it or looks at it
	done    bool
	summary *symbols.Summary
	err     error
}

func newOutline() *outline { return &outline{turn: make(chan struct{}, 1)} }

// summary returns the symbols of the text, nil without an error when its language is
// unknown. The first caller does the work, others wait for its result. If the first
// caller's ctx ends, the next one begins anew: each keystroke leaves a version behind that
// nobody wants any more.
//
// A document may be larger than the files that a scan looks at: its text is at hand, and
// somebody reads it. The work is bounded as for any text, see package symbols.
//
// The text is hashed and parsed with the line ends of a file's content, so that a buffer
// finds the summary of its file. Lines and columns are the same in d.text.
func (d *document) summary(ctx context.Context, engine *contents.Engine) (*symbols.Summary, error) {
	switch {
	case d.lost != nil:
		return nil, d.lost
	case d.lang == nil:
		return nil, nil
	case len(d.text) > symbols.MaxContent:
		return nil, errTooLarge
	}
	o := d.outline
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !o.done {
		summary, err := engine.Summarize(ctx, d.lang, symbols.UnixLines(d.text))
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		o.summary, o.err, o.done = summary, err, true
		if summary != nil {
			d.truncation.note(summary.Truncated)
		}
	}
	return o.summary, o.err
}
