package lexer

import (
	"bytes"
	"slices"
	"strings"
)

// maxRescues bounds how many strings without an end are looked through for
// the declaration that they seem to swallow. Each may be as long as the text.
const maxRescues = 16

// Piece is a part of a text that holds a top-level declaration with the comments above it.
// The pieces of a text follow each other without a gap.
// Code is where the declaration itself begins, or End if there is none.
type Piece struct{ Start, Code, End int }

// Pieces cuts a text into its top-level declarations:
//
//	// a does this.          ┐
//	func a() {               │ one piece
//		return b(            │
//	}                        │ here b's parenthesis is still open
//	                         ┘
//	var x = 1                  the next one
//
// A text whose brackets match is cut where none is open. Any other is damaged: somebody
// writes it. Then what looks like the beginning of a declaration is one, whatever is open.
// matched reports which it was. damaged has the text taken for damaged in any case.
func (t *Table) Pieces(text []byte, damaged bool) (pieces []Piece, matched bool) {
	c := cutter{Scanner: t.Scan(text)}
	matched = c.run()
	if damaged || !matched {
		c = cutter{Scanner: t.Scan(text), damaged: true, swallowed: c.swallowed}
		c.run()
	}
	return c.pieces(), matched
}

// pieces makes pieces of the places where all but the first of them begin.
func (c *cutter) pieces() []Piece {
	pieces := make([]Piece, 0, len(c.starts)+1)
	last := Piece{Code: len(c.text)}
	if c.code >= 0 {
		last.Code = c.code
	}
	for _, next := range c.starts {
		if next.Start > last.Start {
			last.End = next.Start
			last.Code = min(last.Code, last.End)
			pieces = append(pieces, last)
		}
		last = next
	}
	last.End = len(c.text)
	return append(pieces, last)
}

// cutter finds where the pieces of a text begin.
type cutter struct {
	Scanner
	damaged   bool // brackets do not match
	swallowed bool // a string of several lines has no end
	rescues   int
	starts    []Piece // without their ends
	code      int     // where the first token is that is no comment, or -1

	open      Brackets
	directive bool // a directive was the last token that is no comment
	decorated bool // only decorators so far in this piece
	lines     int  // line ends up to the last token that is no comment
	comments  int  // where comments begin that stand directly before the current place, or -1
}

// run reports whether all brackets match and all strings end.
func (c *cutter) run() bool {
	matched := true
	c.comments, c.code = -1, -1
	for {
		t, ok := c.Skim()
		if !ok {
			return matched && len(c.open) == 0
		}
		if t.Kind == String {
			if t.Doubt && t.End == len(c.text) {
				matched, c.swallowed = false, true
			}
			c.rescue(&t)
		}
		if t.Kind == Comment {
			if t.First && c.comments < 0 {
				c.comments = t.Start
			}
			continue
		}
		if c.code < 0 {
			c.code = t.Start
		}
		if t.First && c.begins(&t) {
			start := t.Start
			if c.comments >= 0 {
				start = c.comments
			}
			c.starts = append(c.starts, Piece{Start: lineStart(c.text, start), Code: t.Start})
			c.open = c.open[:0]
		}
		c.directive = t.Kind == Directive
		switch first := c.text[t.Start]; t.Kind {
		case Open:
			c.open.Open(first)
		case Close:
			switch {
			case c.damaged && AtColumn0(c.text, t.Start):
				c.open = c.open[:0]
			case !c.open.Close(first):
				matched = false
			}
		}
		c.lines, c.comments = c.Lines(), -1
	}
}

// begins reports whether a declaration begins with a token, the first of its line.
func (c *cutter) begins(t *Token) bool {
	d := &c.Declarations
	switch {
	case t.Kind == Close, len(c.open) > 0 && !c.damaged && !c.decorated:
		return false
	case t.Kind == Directive:
		return len(c.open) == 0
	}
	text := string(c.text[t.Start:min(t.End, t.Start+16)])
	isWord := t.Kind == Word
	if isWord && slices.Contains(d.Continuations, text) {
		return false
	}
	atColumn0 := AtColumn0(c.text, t.Start)
	certain := atColumn0 && slices.Contains(d.Words, text)
	possible := isWord || strings.IndexByte(d.Bytes, c.text[t.Start]) >= 0
	apart := c.Lines()-c.lines >= 2 // by an empty line or a comment
	if atColumn0 && c.decorated {
		c.decorated = text == "@"
		return false
	}
	begins := false
	before, word := c.Before(t.Start)
	switch {
	case len(c.open) > 0:
		begins = c.damaged && atColumn0 && !c.label(t.End) &&
			(certain || possible && !d.WordsAlone && (apart || c.open[len(c.open)-1] != '{'))
	case before == 0 || c.directive || strings.IndexByte(d.Ends, before) >= 0:
		begins = certain || possible
	case !atColumn0:
	case d.EndsOnly:
		begins = possible && apart || certain && !((word != nil || strings.IndexByte("*,=)", before) >= 0) && slices.Contains(d.Seconds, text))
	default:
		begins = certain || possible && (apart || isWord && strings.IndexByte(d.Joins, before) < 0)
	}
	if begins {
		c.decorated = text == "@"
	}
	return begins
}

// label reports whether the word that ends at i is the name of a label.
func (c *cutter) label(i int) bool {
	return c.Declarations.Labels && i < len(c.text) && c.text[i] == ':'
}

// rescue ends a string where a declaration seems to begin in it, if one without an end is
// known to be in the text: a lost quote turns strings into code and code into strings.
// Comments stay: somebody may be about to take code out.
func (c *cutter) rescue(t *Token) {
	if !c.damaged || !c.swallowed || c.rescues == maxRescues {
		return
	}
	inside := c.text[t.Start:t.End]
	if bytes.IndexByte(inside, '\n') < 0 {
		return
	}
	c.rescues++
	at := t.Start
	for line := range bytes.Lines(inside) {
		if at > t.Start && c.looksLikeCode(line) {
			// One was lost, so behind this one strings are strings again.
			c.swallowed = false
			c.resume(at)
			t.End = at
			c.open = c.open[:0]
			return
		}
		at += len(line)
	}
}

// looksLikeCode reports whether a line of a string begins a declaration.
func (c *cutter) looksLikeCode(line []byte) bool {
	end := bytes.IndexAny(line, " \t(")
	if end <= 0 || !slices.Contains(c.Declarations.Words, string(line[:end])) {
		return false
	}
	line = bytes.TrimRight(line, " \t\r\n")
	return bytes.IndexByte(line, '(') >= 0 || bytes.IndexByte([]byte("{:;=,"), line[len(line)-1]) >= 0
}

// resume goes on at the start of a line.
func (s *Scanner) resume(i int) {
	s.pos, s.lineStart = i, true
	s.lines += 2 // what follows stands apart
	s.quoted[0].end = s.codeBefore(i)
}

// lineStart returns where the line of i begins if only blanks stand before i, else i.
func lineStart(text []byte, i int) int {
	n := i
	for n > 0 && (text[n-1] == ' ' || text[n-1] == '\t') {
		n--
	}
	if AtColumn0(text, n) {
		return n
	}
	return i
}

// Group is a piece that holds several declarations behind one head: "const (" or "var".
// Each is one with the head before it and Closing behind it.
type Group struct {
	Head    Piece // up to the first member
	Members []Piece
	Closing string
}

// Group cuts a piece that holds several declarations, each on lines of its own. It is not
// ok for any other piece.
func (t *Table) Group(text []byte) (g Group, ok bool) {
	s := t.Scan(text)
	token, ok := s.nextCode()
	if !ok || token.Kind != Word {
		return Group{}, false
	}
	word := string(text[token.Start:token.End])
	inParenthesis, list := slices.Contains(t.Declarations.Groups, word), slices.Contains(t.Declarations.Lists, word)
	if !inParenthesis && !list {
		return Group{}, false
	}
	g.Head = Piece{Start: token.Start, End: token.End}
	first, ok := s.nextCode()
	switch {
	case !ok:
		return Group{}, false
	case inParenthesis && text[first.Start] == '(':
		g.Closing = ")"
	case list && text[first.Start] == '{':
		ahead := s
		if next, more := ahead.nextCode(); !more || !next.First && next.Kind != Open {
			return Group{}, false
		}
		g.Closing = "} = 0"
	case list && first.Kind == Word:
		return s.list(g, first)
	default:
		return Group{}, false
	}
	g.Head.End = first.End
	var starts []int
	indent, comment, end := -1, -1, len(text)
	for {
		token, ok = s.Next()
		if !ok {
			break
		}
		if token.Kind == Comment {
			if token.First && comment < 0 {
				comment = token.Start
			}
			continue
		}
		start := lineStart(text, token.Start)
		if token.First && token.Kind == Close && start == token.Start {
			end = token.Start
			break
		}
		column := token.Start - start
		atColumn0 := column == 0 && inParenthesis && t.Declarations.WordsAlone // somebody writes it
		if token.First && !atColumn0 && token.Kind != Close && (indent < 0 || column == indent) {
			indent = column
			if comment >= 0 {
				start = comment
			}
			starts = append(starts, start)
		}
		comment = -1
	}
	return g.cut(starts, end), len(starts) >= 2 || list && len(starts) == 1
}

// list finds the members of a list, which commas separate. first is the name of the first
// one. The others have their names at the start of a line.
func (s *Scanner) list(g Group, first Token) (Group, bool) {
	starts := []int{first.Start}
	indent := -1
	token, ok := s.nextCode()
	for ok {
		if !token.First || token.Kind != Word {
			token, ok = s.nextCode()
			continue
		}
		start := lineStart(s.text, token.Start)
		column := token.Start - start
		if token, ok = s.nextCode(); ok && s.text[token.Start] == '=' && column > 0 && (indent < 0 || column == indent) {
			indent = column
			starts = append(starts, start)
		}
	}
	g = g.cut(starts, len(s.text))
	for i := range g.Members {
		m := &g.Members[i]
		code := s.codeEnd(*m)
		if s.text[code-1] == ',' {
			m.End = code - 1
		} else if len(g.Members) == 1 {
			return Group{}, false
		}
	}
	return g, true
}

// codeEnd returns where the last token of a piece ends that is no comment.
func (s *Scanner) codeEnd(p Piece) int {
	tokens := s.Scan(s.text[p.Start:p.End])
	end := p.Start + 1
	for token, ok := tokens.nextCode(); ok; token, ok = tokens.nextCode() {
		end = p.Start + token.End
	}
	return end
}

// cut makes members of the places where they begin.
func (g Group) cut(starts []int, end int) Group {
	for i, start := range starts {
		next := end
		if i+1 < len(starts) {
			next = starts[i+1]
		}
		g.Members = append(g.Members, Piece{Start: start, Code: start, End: next})
	}
	return g
}

// Bodies returns what is inside of the functions of a damaged piece, as its layout tells:
// a brace at the end of a line, behind a parenthesis or an arrow, is closed before the next
// line that is indented no deeper. At the top of a piece only a bracket closes it. The
// inside of one is not looked through for others. A function that is called on the spot is
// none, and there are none in a language without Blocks.
//
//	it('works', async () => {
//	  const a = [                   inside
//	  b()                           inside
//	})
func (t *Table) Bodies(text []byte) (bodies []Piece) {
	if len(t.Declarations.Blocks) == 0 {
		return nil
	}
	s := t.Scan(text)
	unclosed := 0
	var words []bool // by open parenthesis: the word before it begins a block
	block, called := false, false
	first := true
	lineIndent, outer := 0, 0
	token, ok := s.nextLine(&unclosed)
	for ok {
		if token.First || first {
			lineIndent = token.Start - lineStart(text, token.Start)
		}
		c := text[token.Start]
		if first {
			outer = lineIndent
			called = strings.IndexByte("(!;+", c) >= 0 || string(text[token.Start:token.End]) == "define"
			first = false
		}
		brace := token
		switch {
		case c == '(' && token.Kind == Open:
			_, word := s.Before(token.Start)
			words = append(words, slices.Contains(t.Declarations.Blocks, string(word)))
		case c == ')' && len(words) > 0:
			block = words[len(words)-1]
			words = words[:len(words)-1]
		}
		before := byte(0)
		if c == '{' && token.Kind == Open {
			before, _ = s.Before(token.Start)
		}
		token, ok = s.nextLine(&unclosed)
		if before != ')' && !(before == '>' && bytes.HasSuffix(bytes.TrimRight(text[:brace.Start], " \t\n"), []byte("=>"))) ||
			before == ')' && block || called && lineIndent == outer || !ok || !token.First {
			continue
		}
		end := len(text)
		for ; ok; token, ok = s.nextLine(&unclosed) {
			start := lineStart(text, token.Start)
			if token.First && token.Start-start <= lineIndent && (token.Kind == Close || lineIndent > outer) {
				end = start
				break
			}
		}
		bodies = append(bodies, Piece{Start: brace.End, Code: brace.End, End: end})
	}
	return bodies
}

// Value returns where the value of a variable begins that a piece declares. It is not ok
// for any other piece.
func (t *Table) Value(text []byte) (i int, ok bool) {
	if t.Declarations.Value == "" {
		return 0, false
	}
	s := t.Scan(text)
	token, ok := s.nextCode()
	if !ok || token.Kind != Word {
		return 0, false
	}
	for token, ok = s.Next(); ok && !token.First && token.Kind != Open; token, ok = s.Next() {
		if text[token.Start] == t.Declarations.Value[0] {
			return token.End, true
		}
	}
	return 0, false
}

// nextCode returns the next token that is no comment.
func (s *Scanner) nextCode() (Token, bool) {
	for {
		t, ok := s.Next()
		if !ok || t.Kind != Comment {
			return t, ok
		}
	}
}

// nextLine is nextCode, but what has no end up to that of the text ends with its line, for
// maxRescues times.
func (s *Scanner) nextLine(unclosed *int) (Token, bool) {
	for {
		t, ok := s.Next()
		if ok && t.Doubt && t.End == len(s.text) && *unclosed < maxRescues {
			*unclosed++
			if n := bytes.IndexByte(s.text[t.Start:], '\n'); n >= 0 {
				t.End = t.Start + n
				s.Seek(t.End)
			}
		}
		if !ok || t.Kind != Comment {
			return t, ok
		}
	}
}
