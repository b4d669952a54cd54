package symbols

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// pieceShare is how much of the work that parsing a text may take its pieces may take
// together, as a divisor: with them no text takes more than half as long again. Real
// sources need a tenth of the limits.
const pieceShare = 2

// damage is what a run has found in a text with syntax errors.
type damage struct {
	captures []capture // in offsets of the text
	nodes    []topNode // at the top of the tree, in offsets of the text
	skipped  []span    // function bodies that were left out
	errors   int
	covered  uint32 // up to here a node without errors reaches that began in an earlier piece
}

func newDamage(reduced *skeleton, captures []capture, status status) *damage {
	d := &damage{
		captures: slices.Clone(captures), nodes: slices.Clone(status.Nodes),
		skipped: reduced.skipped(), errors: status.Errors,
	}
	for i := range d.nodes {
		n := &d.nodes[i]
		start, end := reduced.original(n.Start, max(n.End, n.Start+1))
		n.Start, n.End = start, max(start, end-(max(n.End, n.Start+1)-n.End)) // what the parser invents is empty
	}
	return d
}

// reach tells what the damage does to the next piece.
type reach uint8

const (
	reachNone   reach = iota // nothing
	reachInside              // it is in the declaration, and goes no further
	reachBeyond              // it goes further, or comes from elsewhere
)

// reaches tells how far the damage reaches into a piece: none of it, if one node begins
// where the piece's code does, and ends in the piece. One without errors may also end in a
// later piece, as a conditional of the preprocessor does. Pieces are asked about in order.
func (d *damage) reaches(pieces []lexer.Piece) reach {
	piece := pieces[0]
	start, code, end := uint32(piece.Start), uint32(piece.Code), uint32(piece.End)
	last := end // where a node may end: it may have comments of the next declaration
	if len(pieces) > 1 {
		last = uint32(pieces[1].Code)
	}
	r, named := reachNone, 0
	if d.covered > start {
		if d.covered >= end || code >= end {
			return reachNone
		}
		named = 1
	}
	for len(d.nodes) > 0 && d.nodes[0].Start < end {
		n := d.nodes[0]
		if n.End > last && n.Start == code && n.State == nodeNamed && named == 0 && d.aloneAtEnd(pieces) {
			d.covered = n.End
			d.nodes = d.nodes[1:]
			return reachNone
		}
		switch {
		case n.Start < start || n.End > last || n.State&nodeError != 0:
			r = reachBeyond
		case n.State&nodeBroken != 0:
			r = max(r, reachInside)
		}
		if n.State&nodeNamed != 0 {
			if named++; named > 1 || n.Start != code {
				r = reachBeyond
			}
		} else if named == 0 {
			r = reachBeyond
		}
		if n.End > last {
			return reachBeyond // and it is in the next piece, too
		}
		d.nodes = d.nodes[1:]
	}
	if named == 0 && code < end {
		r = reachBeyond
	}
	return r
}

// aloneAtEnd reports whether no other node is in the piece in which the next node ends.
func (d *damage) aloneAtEnd(pieces []lexer.Piece) bool {
	i := slices.IndexFunc(pieces, func(p lexer.Piece) bool { return uint32(p.End) >= d.nodes[0].End })
	return i >= 0 && (len(d.nodes) == 1 || d.nodes[1].Start >= uint32(pieces[i].End))
}

// pieceParser parses pieces of a text, one top-level declaration at a time.
type pieceParser struct {
	*outliner
	ctx    context.Context
	runner *runner
	text   []byte
	left   workLimits // what is left of the limits for all pieces

	mended         // of all pieces so far, in offsets of the text
	matches uint32 // in the captures
}

func newPieceParser(ctx context.Context, r *runner, o *outliner, text []byte) *pieceParser {
	p := &pieceParser{outliner: o, ctx: ctx, runner: r, text: text, left: runLimits}
	p.left.ParseTicks /= pieceShare
	p.left.Match.Steps /= pieceShare
	p.left.ParseBytes /= pieceShare
	p.left.LexBytes /= pieceShare
	return p
}

// isDirective reports whether a piece is a line of the preprocessor, which declares nothing.
func (p *pieceParser) isDirective(piece []byte) bool {
	return p.lexer.Directive != "" && bytes.HasPrefix(bytes.TrimLeft(piece, " \t\n"), []byte(p.lexer.Directive))
}

// took takes the work of a run off what is left.
func (p *pieceParser) took(work treesitter.Work) {
	p.left.ParseTicks -= min(p.left.ParseTicks, work.ParseTicks)
	p.left.ParseBytes -= min(p.left.ParseBytes, work.ParseBytes)
	p.left.LexBytes -= min(p.left.LexBytes, work.LexBytes)
}

// mended is what is found in a text with syntax errors.
type mended struct {
	captures []capture
	skipped  []span // function bodies that were left out
	broken   []span // what has errors and cannot be cut further
}

// mend returns the captures of a text with syntax errors.
//
// A parser that comes across an error looks for the cheapest way to go on. That may be to
// take all that follows for the inside of a function whose brace is missing, or to leave
// out what it has seen before. So each declaration that the damage reaches is parsed
// alone, and what is right is found:
//
//	func a() { if x {       the error is here, and costs a, at most
//	}
//	func b() {}             parsed alone, there is none
//
// The captures in all others are those of the whole text. If the pieces take too much
// work, all are.
func (o *outliner) mend(ctx context.Context, r *runner, text []byte, d *damage) (mended, error) {
	p := newPieceParser(ctx, r, o, text)
	pieces, matched := o.lexer.Pieces(text, false)
	var parsed []span // pieces without the comments above them, adjacent ones joined
	for i, piece := range pieces {
		at := span{uint32(piece.Start), uint32(piece.End)}
		reach := d.reaches(pieces[i:])
		if reach == reachNone {
			continue
		}
		if reach == reachInside && !p.divides(at, matched) {
			p.broken = append(p.broken, at)
			continue
		}
		if n := len(parsed) - 1; n >= 0 && parsed[n].end == at.start {
			parsed[n].end = at.end
		} else {
			parsed = append(parsed, span{uint32(piece.Code), at.end})
		}
		parse := p.parse
		if len(pieces) == 1 && d.errors > 0 {
			parse = func(at span, cut bool) (ok bool, err error) { return p.takeWhole(at, d, cut) }
		}
		if ok, err := parse(at, matched); err != nil {
			return mended{}, err
		} else if !ok {
			return mended{d.captures, d.skipped, []span{{0, uint32(len(text))}}}, nil
		}
	}
	outside := func(s span) bool {
		i, found := slices.BinarySearchFunc(parsed, s.start, func(d span, start uint32) int { return cmp.Compare(d.start, start) })
		return !found && (i == 0 || parsed[i-1].end <= s.start) && (i == len(parsed) || s.end <= parsed[i].start)
	}
	for rest := d.captures; len(rest) > 0; {
		n, kept := 0, true
		for ; n < len(rest) && rest[n].Match == rest[0].Match; n++ {
			kept = kept && outside(span{rest[n].Start, rest[n].End})
		}
		if kept {
			p.add(rest[:n])
		}
		rest = rest[n:]
	}
	for _, s := range d.skipped {
		if outside(s) {
			p.skipped = append(p.skipped, s)
		}
	}
	slices.SortFunc(p.skipped, byStart)
	p.dropBodies()
	return p.mended, nil
}

// dropBodies drops the matches inside of functions in pieces with errors: a parser that
// recovers takes what is in them for what stands around them.
func (p *pieceParser) dropBodies() {
	var bodies []span
	for _, at := range p.broken {
		for _, body := range p.lexer.Bodies(p.text[at.start:at.end]) {
			bodies = append(bodies, span{at.start + uint32(body.Start), at.start + uint32(body.End)})
		}
	}
	if len(bodies) == 0 {
		return
	}
	slices.SortFunc(bodies, byStart)
	p.captures = slices.DeleteFunc(p.captures, func(c capture) bool {
		i, found := slices.BinarySearchFunc(bodies, c.Start, func(b span, start uint32) int { return cmp.Compare(b.start, start) })
		if !found {
			i--
		}
		return i >= 0 && c.End <= bodies[i].end
	})
}

// add adds the captures of some matches.
func (p *pieceParser) add(captures []capture) {
	for i, c := range captures {
		if i == 0 || c.Match != captures[i-1].Match {
			p.matches++
		}
		c.Match = p.matches
		p.captures = append(p.captures, c)
	}
}

// divides reports whether a piece has parts that can be parsed alone.
func (p *pieceParser) divides(at span, cut bool) bool {
	text := p.text[at.start:at.end]
	if _, ok := p.lexer.Group(text); ok || !cut {
		return ok
	}
	parts, _ := p.lexer.Pieces(text, true)
	return len(parts) > 1
}

// parse adds the captures of a piece. If it has errors itself, and can be cut further, it
// adds those of its parts instead.
func (p *pieceParser) parse(at span, cut bool) (ok bool, err error) {
	text := p.text[at.start:at.end]
	if p.isDirective(text) {
		return true, nil
	}
	before := *p
	reduced := skeleton{text: text}
	if p.skeleton != nil {
		reduced = newSkeleton(p.skeleton, text, nil)
	}
	errors, ok, err := p.run(reduced.text, func(start, end uint32) (uint32, uint32) {
		start, end = reduced.original(start, end)
		return start + at.start, end + at.start
	})
	if !ok || err != nil {
		return ok, err
	}
	for _, s := range reduced.skipped() {
		p.skipped = append(p.skipped, span{s.start + at.start, s.end + at.start})
	}
	if errors == 0 {
		return true, nil
	}
	return p.divide(at, cut, &before)
}

// takeWhole is parse for a piece that is the whole text, and was parsed before.
func (p *pieceParser) takeWhole(at span, d *damage, cut bool) (ok bool, err error) {
	before := *p
	p.add(d.captures)
	p.skipped = append(p.skipped, d.skipped...)
	return p.divide(at, cut, &before)
}

// divide adds the captures of the parts of a piece with errors, if it has parts, instead of
// those that have been added since before.
func (p *pieceParser) divide(at span, cut bool, before *pieceParser) (ok bool, err error) {
	text := p.text[at.start:at.end]
	if cut {
		if parts, _ := p.lexer.Pieces(text, true); len(parts) > 1 {
			p.captures, p.matches, p.skipped = before.captures, before.matches, before.skipped
			for _, part := range parts {
				if ok, err := p.parse(span{at.start + uint32(part.Start), at.start + uint32(part.End)}, false); !ok || err != nil {
					return ok, err
				}
			}
			return true, nil
		}
	}
	if value, ok := p.lexer.Value(text); ok {
		p.captures, p.matches, p.skipped = before.captures, before.matches, before.skipped
		_, ok, err = p.run(slices.Concat(text[:value], []byte(" 0\n")), func(start, end uint32) (uint32, uint32) {
			return at.start + min(start, uint32(value)), at.start + min(end, uint32(value))
		})
		return ok, err
	}
	if group, ok := p.lexer.Group(text); ok {
		p.captures, p.matches, p.skipped = before.captures, before.matches, before.skipped
		return p.parseGroup(at, &group)
	}
	p.broken = append(p.broken, at)
	return true, nil
}

// parseGroup adds the captures of declarations behind one head, each parsed as if it
// were alone.
func (p *pieceParser) parseGroup(at span, group *lexer.Group) (ok bool, err error) {
	text := p.text[at.start:at.end]
	head := group.Head
	opening := text[head.Start:head.End]
	for _, member := range group.Members {
		alone := slices.Concat(opening, []byte("\n"), text[member.Start:member.End], []byte("\n"+group.Closing))
		shift := uint32(len(opening) + 1)
		first, last := at.start+uint32(member.Start), at.start+uint32(member.End)
		original := func(i uint32) uint32 {
			if i < shift {
				return at.start + uint32(head.Start) + min(i, shift-1)
			}
			return min(first+i-shift, last)
		}
		errors, ok, err := p.run(alone, func(start, end uint32) (uint32, uint32) { return original(start), original(end) })
		if !ok || err != nil {
			return ok, err
		}
		if errors > 0 {
			p.broken = append(p.broken, span{first, last})
		}
	}
	return true, nil
}

// run parses one text of the parser's making and adds its captures. original turns a
// range of it into one of the whole text. It is not ok when the work reaches a limit.
func (p *pieceParser) run(text []byte, original func(start, end uint32) (uint32, uint32)) (errors int, ok bool, err error) {
	limits := p.left
	limits.Match.Captures = runLimits.Match.Captures - len(p.captures)
	err = p.runner.run(p.ctx, p.outliner, text, limits, func(captures []capture, status status) {
		errors, ok = status.Errors, !status.Truncated
		for i := range captures {
			c := &captures[i]
			c.Start, c.End = original(c.Start, c.End)
		}
		p.add(captures)
		p.took(status.Work)
		p.left.Match.Steps -= min(p.left.Match.Steps, status.Match.Steps)
	})
	return errors, ok, err
}

// skipped returns the bodies that a skeleton leaves out of its text.
func (s *skeleton) skipped() []span {
	spans := make([]span, 0, len(s.gaps))
	before := uint32(0)
	for _, g := range s.gaps {
		if !g.blank {
			spans = append(spans, span{g.at + before, g.at + g.removed})
		}
		before = g.removed
	}
	return spans
}
