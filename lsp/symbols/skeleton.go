package symbols

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// A skeleton is a text without the insides of its top-level function bodies, and without
// what is blank since it defines macros.
// They are two thirds of ordinary sources and hold no symbols, and a lexer finds
// their ends ten times faster than a parser would:
//
//	func f(a int) error {          func f(a int) error {}
//		return g(a, "}")      ->
//	}                              type T struct{ x int }
//	type T struct{ x int }
//
// The symbols must be the same with and without. So a body is left out only when
// nothing about it is in doubt: every bracket in it has its partner, its end
// stands on its first line or at the start of a line, where sources that people
// write and formatters make have it, and nothing else at the start of a line
// looks like the next declaration of a file in which a brace is missing. What
// is in doubt is parsed.
//
// If the brackets of the whole text do not match, someone is writing it, and a
// parser would take what follows for the inside of the function that lacks a
// brace. Then a "}" at the start of a line ends a body whatever is open in it, and
// all other functions are seen.
type skeleton struct {
	text []byte // what to parse
	gaps []gap  // what is missing in it, in order
}

// gap is a piece of the original text that a skeleton leaves out.
type gap struct {
	at      uint32 // where it was, as an offset in the skeleton
	removed uint32 // bytes left out here and before
	blank   bool   // it was no body, but blanks
}

// minGap is the smallest body worth leaving out, in bytes: the parser is done
// with less as fast as we could look up what was left out.
const minGap = 16

// original turns a range of the skeleton into the range of the original text.
// Whatever starts at a gap starts behind it; whatever ends there ends before.
func (s *skeleton) original(start, end uint32) (uint32, uint32) {
	return start + s.removed(start), end + s.removed(end-1)
}

// removed counts the bytes left out at or before offset.
func (s *skeleton) removed(offset uint32) uint32 {
	i, found := slices.BinarySearchFunc(s.gaps, offset, func(g gap, offset uint32) int {
		return int(g.at) - int(offset)
	})
	if found {
		i++
	}
	if i == 0 {
		return 0
	}
	return s.gaps[i-1].removed
}

// newSkeleton returns the skeleton of text, which is text itself where there is
// nothing to leave out or nothing can be told. Blanks are some ranges of it, in order, that
// are nothing but white space: a parser would look at each byte of them.
func newSkeleton(rules *skeletonRules, text []byte, blanks []span) skeleton {
	f := bodyFinder{skeletonRules: rules, text: text}
	if !f.run() {
		f = bodyFinder{skeletonRules: rules, text: text, broken: true}
		f.run() // as far as it gets
	}
	if len(f.bodies) == 0 && len(blanks) == 0 {
		return skeleton{text: text}
	}
	s := skeleton{text: make([]byte, 0, len(text)), gaps: make([]gap, 0, len(f.bodies)+len(blanks))}
	from, removed := uint32(0), uint32(0)
	leaveOut := func(at span, blank bool) {
		if at.start < from { // in a body
			return
		}
		s.text = append(s.text, text[from:at.start]...)
		removed += at.end - at.start
		s.gaps = append(s.gaps, gap{uint32(len(s.text)), removed, blank})
		from = at.end
	}
	for _, body := range f.bodies {
		for len(blanks) > 0 && blanks[0].start < body.start {
			if blanks[0].end <= body.start {
				leaveOut(blanks[0], true)
			}
			blanks = blanks[1:]
		}
		leaveOut(body, false)
	}
	for _, blank := range blanks {
		leaveOut(blank, true)
	}
	s.text = append(s.text, text[from:]...)
	return s
}

// skeletonRules are the options of a language, and its tokens.
type skeletonRules struct {
	*language.Skeleton
	lexer *lexer.Table
}

// newSkeletonRules returns nil for a language without skeletons.
func newSkeletonRules(lang *language.Language, table *lexer.Table) *skeletonRules {
	if lang.Options.Skeleton == nil {
		return nil
	}
	return &skeletonRules{lang.Options.Skeleton, table}
}

// bodyFinder goes through the tokens of a text once and notes the bodies.
type bodyFinder struct {
	*skeletonRules
	text   []byte
	tokens lexer.Scanner
	bodies []span
	open   lexer.Brackets
	broken bool // the brackets of the text are known not to match
}

// run is not ok when brackets do not match or a literal has no end: then nothing
// can be told about any body.
func (f *bodyFinder) run() (ok bool) {
	inFunction := f.FunctionWord == "" // the declaration may have a body
	var group []byte                   // the word before the last parenthesis outside of all brackets
	f.tokens = f.lexer.Scan(f.text)
	for {
		t, more := f.tokens.Skim()
		if !more {
			return len(f.open) == 0
		}
		if f.doubts(&t) {
			return false
		}
		c := f.text[t.Start]
		switch t.Kind {
		case lexer.Word:
			if f.FunctionWord != "" && lexer.AtColumn0(f.text, t.Start) {
				word := f.text[t.Start:t.End]
				if f.broken && string(word) == f.FunctionWord {
					f.open = f.open[:0]
				}
				if len(f.open) == 0 {
					inFunction = string(word) == f.FunctionWord
				}
			}
		case lexer.Open:
			if len(f.open) == 0 {
				if c == '(' {
					_, group = f.tokens.Before(t.Start)
				}
				if c == '{' && inFunction && f.beginsBody(&t, group) && f.body(t.End) {
					continue
				}
			}
			f.open.Open(c)
		case lexer.Close:
			switch {
			case f.broken && c == '}' && lexer.AtColumn0(f.text, t.Start):
				f.open = f.open[:0]
			case !f.open.Close(c) && !f.broken:
				return false
			}
		}
	}
}

// doubts reports whether nothing can be told behind a token. In a broken text a string
// without an end ends with its line.
func (f *bodyFinder) doubts(t *lexer.Token) bool {
	return t.Doubt && !(f.broken && t.Kind == lexer.String && t.End < len(f.text))
}

// beginsBody tells whether a "{" outside of all brackets may begin a body. group is the
// word before the last parenthesis.
func (f *bodyFinder) beginsBody(brace *lexer.Token, group []byte) bool {
	last, word := f.tokens.Before(brace.Start)
	if f.BodyAfter != "" && bytes.IndexByte([]byte(f.BodyAfter), last) < 0 {
		return false
	}
	if last == ')' {
		word = group
	}
	return !slices.Contains(f.NoBodyAfter, string(word))
}

// body passes the body whose inside begins at start, behind the last token, and notes
// it. In doubt it returns false and leaves everything as it was.
func (f *bodyFinder) body(start int) bool {
	before := f.tokens
	f.open.Open('{')
	if end, ok := f.passBody(); ok {
		if end-start >= minGap || f.broken {
			f.bodies = append(f.bodies, span{uint32(start), uint32(end)})
		}
		return true
	}
	f.tokens = before
	f.open = f.open[:0]
	return false
}

// passBody returns where the "}" of a body is.
func (f *bodyFinder) passBody() (end int, ok bool) {
	line := f.tokens.Lines()
	for {
		t, more := f.tokens.Skim()
		if !more || f.doubts(&t) {
			return 0, false
		}
		c := f.text[t.Start]
		atColumn0 := lexer.AtColumn0(f.text, t.Start)
		switch t.Kind {
		case lexer.Directive:
			return 0, false // the end may stand in either half of a conditional
		case lexer.Word:
			if atColumn0 && (!f.label(t.End) || string(f.text[t.Start:t.End]) == f.FunctionWord) {
				return 0, false
			}
		case lexer.Open:
			if c == '{' && atColumn0 {
				return 0, false
			}
			f.open.Open(c)
		case lexer.Close:
			if f.broken && c == '}' && atColumn0 {
				f.open = f.open[:0]
				return t.Start, true
			}
			last := c == '}' && len(f.open) == 1
			oneLine := f.tokens.Lines() == line
			if c == '}' && last != (oneLine && last || atColumn0) {
				return 0, false
			}
			if !f.open.Close(c) && !f.broken {
				return 0, false
			}
			if last {
				return t.Start, true
			}
		}
	}
}

// label tells whether the word that ends at i is the name of a label.
func (f *bodyFinder) label(i int) bool {
	rest := bytes.TrimLeft(f.text[i:min(len(f.text), i+8)], " \t")
	return len(rest) > 0 && rest[0] == ':'
}
