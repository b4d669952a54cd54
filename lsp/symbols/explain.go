package symbols

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// Explanation says how the symbols of a content came about: which pattern of the language's query made each, and what
// became of the matches that made none.
type Explanation struct {
	Summary *Summary
	// Matches are those of patterns that capture a name or are turned down by a predicate, in the order of their
	// names in the text. Patterns that only mark comments, or nodes as opaque, are not among them.
	Matches []MatchExplanation
	// Skipped are the lines whose function bodies, or parts of them, were left out before parsing. Nothing in them is
	// matched.
	Skipped []LineRange
	// Damaged are the lines with syntax errors, as far as they could not be parsed apart from
	// others. What they declare may be missing, and nothing else is.
	Damaged []LineRange
}

// LineRange is some lines, counted from 0, the last one included.
type LineRange struct{ First, Last uint32 }

// MatchExplanation is one match of a pattern.
type MatchExplanation struct {
	Pattern  int // the place of the pattern in the query, from 0
	Line     int // where it begins in symbols.scm, from 1
	Captures []CaptureExplanation

	// Symbol is the place in Summary.Symbols of the symbol that the match made or adds to, or -1.
	Symbol int
	// Reason says why there is no symbol, or what the match adds to one. Empty: the match made the symbol.
	Reason string
}

// CaptureExplanation is one capture of a match.
type CaptureExplanation struct {
	Name  string // without "@"
	Range Range
	Text  string // the first line of it, cut to MaxName bytes
}

// trace records what becomes of matches while symbols are extracted. All methods do nothing on nil, which is what
// every extraction but Explain has.
type trace struct {
	matches []tracedMatch
	named   map[span][]int  // matches by name node
	opaque  map[span]uint16 // the first pattern that marks a node as opaque
	symbols []candidate     // by symbol, those before merging
	moved   []int           // their places after merging, -1: gone; nil: nothing was merged
	broken  []span          // what has syntax errors
}

func newTrace() *trace { return &trace{named: make(map[span][]int), opaque: make(map[span]uint16)} }

// tracedMatch is a match with its fate.
type tracedMatch struct {
	captures []capture
	name     span // empty: the match names nothing
	pattern  uint16
	reason   string
	in       []span // the opaque nodes for which there is no symbol
}

// match records a match that names something, or that was turned down for a reason.
func (t *trace) match(captures []capture, name span, reason string) {
	if t == nil {
		return
	}
	if name != (span{}) {
		t.named[name] = append(t.named[name], len(t.matches))
	}
	t.matches = append(t.matches, tracedMatch{captures: slices.Clone(captures), name: name, pattern: captures[0].Pattern, reason: reason})
}

// marked records that a pattern marks a node as opaque.
func (t *trace) marked(node span, pattern uint16) {
	if t == nil {
		return
	}
	if by, ok := t.opaque[node]; !ok || pattern < by {
		t.opaque[node] = pattern
	}
}

// drop records why the matches of a name node make no symbol.
func (t *trace) drop(name span, reason string) {
	if t == nil {
		return
	}
	for _, i := range t.named[name] {
		t.matches[i].reason = reason
	}
}

// dropIn records that a candidate makes no symbol because of the opaque nodes that it is in.
func (t *trace) dropIn(c *candidate, around []span) {
	switch {
	case t == nil:
		return
	case len(around) == 0:
		t.drop(c.name, "#set! level outer, and it is in no opaque node")
		return
	}
	// By the number of the pattern; explain makes a line of it.
	for _, i := range t.named[c.name] {
		t.matches[i].in = append(t.matches[i].in, around...)
	}
}

// made records that a candidate became the next symbol.
func (t *trace) made(c *candidate) {
	if t != nil {
		t.symbols = append(t.symbols, *c)
	}
}

// merged records where the symbols went when some were merged.
func (t *trace) merged(moved []int) {
	if t != nil {
		t.moved = moved
	}
}

// damaged records what has syntax errors.
func (t *trace) damaged(broken []span) {
	if t != nil {
		t.broken = broken
	}
}

// Explain extracts the symbols of a content as Extract does, and says how they came about. It is for people who work
// on a query, and takes longer.
func (e *Extractor) Explain(ctx context.Context, lang *language.Language, content []byte) (*Explanation, error) {
	if len(content) > MaxContent {
		return nil, fmt.Errorf("explain %s: content of %d bytes exceeds %d", lang.ID, len(content), MaxContent)
	}
	o, err := e.prepare(lang).outliner()
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", lang.ID, err)
	}
	r, err := newRunner()
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", lang.ID, err)
	}
	t := newTrace()
	found, err := extractTraced(ctx, r, o, content, t)
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", lang.ID, err)
	}
	return found.by.explain(content, found, t), nil
}

// explain puts what was recorded into words.
func (o *outliner) explain(text []byte, found *reading, t *trace) *Explanation {
	lines := newLineTable(text)
	out := &Explanation{Summary: found.summary}
	for _, s := range found.skipped {
		out.Skipped = append(out.Skipped, LineRange{lines.position(s.start).Line, lines.position(s.end).Line})
	}
	for _, s := range t.broken {
		code := bytes.TrimSpace(text[s.start:s.end])
		first := s.start + uint32(bytes.Index(text[s.start:s.end], code))
		out.Damaged = append(out.Damaged, LineRange{lines.position(first).Line, lines.position(first + uint32(len(code))).Line})
	}
	lineOf := func(pattern uint16) int {
		return 1 + strings.Count(o.source[:o.query.PatternStart(int(pattern))], "\n")
	}
	captureNames := o.query.CaptureNames()
	symbolAt := make(map[span]int)
	patternAt := make(map[span]uint16)
	for i, c := range t.symbols {
		patternAt[c.name] = c.pattern
		symbolAt[c.name] = i
		if t.moved != nil {
			symbolAt[c.name] = t.moved[i]
		}
	}
	slices.SortStableFunc(t.matches, func(a, b tracedMatch) int { return byStart(a.place(), b.place()) })
	for _, m := range t.matches {
		match := MatchExplanation{
			Pattern: int(m.pattern), Symbol: -1, Reason: m.reason,
			Line: lineOf(m.pattern),
		}
		if len(m.in) > 0 {
			in := m.in[0]
			match.Reason = fmt.Sprintf("inside of the node of line %d to %d, which the pattern in line %d marks as opaque",
				lines.position(in.start).Line+1, lines.position(in.end).Line+1, lineOf(t.opaque[in]))
		}
		for _, c := range m.captures {
			first, _, _ := strings.Cut(string(text[c.Start:c.End]), "\n")
			match.Captures = append(match.Captures, CaptureExplanation{
				Name: captureNames[c.Capture], Range: Range{lines.position(c.Start), lines.position(c.End)}, Text: cut(first, MaxName),
			})
		}
		if i, ok := symbolAt[m.name]; ok && match.Reason == "" {
			match.Symbol = i
			switch {
			case i < 0:
				match.Reason = "merged: another symbol of the same name and parent is shown (#set! merge), or its parent is not"
			case patternAt[m.name] != m.pattern && !o.declares(m.captures):
				match.Reason = "adds to the symbol"
			case patternAt[m.name] != m.pattern:
				match.Symbol = -1
				match.Reason = fmt.Sprintf("an earlier pattern, in line %d, decides about this name", lineOf(patternAt[m.name]))
			}
		}
		out.Matches = append(out.Matches, match)
	}
	return out
}

// place is where a match is listed: at its name, or at its first capture.
func (m *tracedMatch) place() span {
	if m.name != (span{}) {
		return m.name
	}
	return span{m.captures[0].Start, m.captures[0].End}
}

// declares reports whether a match has a @def.
func (o *outliner) declares(captures []capture) bool {
	return slices.ContainsFunc(captures, func(c capture) bool { return o.roles[c.Capture].role == roleDef })
}
