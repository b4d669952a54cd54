package symbols

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// A skeleton is a text without the insides of its top-level function bodies.
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
// nothing to leave out or nothing can be told.
func newSkeleton(rules *skeletonRules, text []byte) skeleton {
	l := lexer{skeletonRules: rules, text: text}
	if !l.run() {
		l = lexer{skeletonRules: rules, text: text, broken: true}
		l.run() // as far as it gets
	}
	if len(l.bodies) == 0 {
		return skeleton{text: text}
	}
	s := skeleton{text: make([]byte, 0, len(text)), gaps: make([]gap, 0, len(l.bodies))}
	from, removed := uint32(0), uint32(0)
	for _, body := range l.bodies {
		s.text = append(s.text, text[from:body.start]...)
		removed += body.end - body.start
		s.gaps = append(s.gaps, gap{at: uint32(len(s.text)), removed: removed})
		from = body.end
	}
	s.text = append(s.text, text[from:]...)
	return s
}

// skeletonRules are a language's options with a table for the lexer's inner
// loop.
type skeletonRules struct {
	*language.Skeleton
	class   [256]class
	strings [256]language.StringLiteral // by delimiter
}

// class tells what a byte can begin.
type class uint8

const (
	classPlain class = iota
	classBlank
	classWord
	classNewline
	classOpen
	classClose
	classString
	classComment // the first byte of a comment's begin: perhaps a comment
	classDirective
)

func newSkeletonRules(options *language.Skeleton) *skeletonRules {
	if options == nil {
		return nil
	}
	r := &skeletonRules{Skeleton: options}
	for c := range 256 {
		if c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			r.class[c] = classWord
		}
	}
	for _, c := range []byte(" \t\r\f\v") {
		r.class[c] = classBlank
	}
	r.class['\n'] = classNewline
	for _, c := range []byte("([{") {
		r.class[c] = classOpen
	}
	for _, c := range []byte(")]}") {
		r.class[c] = classClose
	}
	for _, literal := range options.Strings {
		r.class[literal.Delimiter] = classString
		r.strings[literal.Delimiter] = literal
	}
	for _, begin := range []string{options.LineComment, options.BlockComment[0]} {
		if begin != "" {
			r.class[begin[0]] = classComment
		}
	}
	if options.Directive != "" {
		r.class[options.Directive[0]] = classDirective
	}
	return r
}

// lexer goes through a text once and notes the bodies.
type lexer struct {
	*skeletonRules
	text   []byte
	i      int
	bodies []span
	open   []byte // the brackets that are open, outermost first
	broken bool   // the brackets of the text are known not to match
}

// run is not ok when brackets do not match or a literal has no end: then nothing
// can be told about any body.
func (l *lexer) run() (ok bool) {
	var (
		inFunction = l.FunctionWord == "" // the declaration may have a body
		last       byte                   // the last byte that is no blank or comment
		word       []byte                 // the last word, if nothing but a bracket followed it
		group      []byte                 // the word before the last parenthesis outside of all brackets
	)
	lineStart := true // nothing but blanks so far on this line
	for l.i < len(l.text) {
		c := l.text[l.i]
		switch l.class[c] {
		case classNewline:
			lineStart = true
			l.i++
			continue
		case classBlank:
			l.i++
			continue
		case classDirective:
			if lineStart && bytes.HasPrefix(l.text[l.i:], []byte(l.Directive)) {
				if !l.directive() {
					return false
				}
				continue
			}
			l.i++
		case classComment:
			comment, ok := l.comment()
			if !ok {
				return false
			}
			if comment {
				continue // lineStart stays: a directive may follow
			}
			l.i++
		case classString:
			if !l.literal() {
				return false
			}
		case classWord:
			start := l.i
			l.word()
			word = l.text[start:l.i]
			if l.FunctionWord != "" && l.atColumn0(start) {
				if l.broken && string(word) == l.FunctionWord {
					l.open = l.open[:0]
				}
				if len(l.open) == 0 {
					inFunction = string(word) == l.FunctionWord
				}
			}
			last, lineStart = 'a', false
			continue
		case classOpen:
			if len(l.open) == 0 {
				if c == '(' {
					group = word
				}
				if c == '{' && inFunction && l.beginsBody(last, word, group) && l.body() {
					last, lineStart, word = '}', false, nil
					continue
				}
			}
			l.open = append(l.open, c)
			l.i++
		case classClose:
			switch {
			case l.broken && c == '}' && l.atColumn0(l.i):
				l.open = l.open[:0]
			case !l.close(c) && !l.broken:
				return false
			}
			l.i++
		default:
			l.i++
		}
		last, lineStart, word = c, false, nil
	}
	return len(l.open) == 0
}

// beginsBody tells whether a "{" outside of all brackets may begin a body.
func (l *lexer) beginsBody(last byte, word, group []byte) bool {
	if l.BodyAfter != "" && bytes.IndexByte([]byte(l.BodyAfter), last) < 0 {
		return false
	}
	if last == ')' {
		word = group
	}
	return !slices.Contains(l.NoBodyAfter, string(word))
}

// body passes the body that begins here and notes its inside. In doubt it
// returns false and leaves everything as it was.
func (l *lexer) body() bool {
	start := l.i
	if l.passBody() {
		if inside := (span{uint32(start) + 1, uint32(l.i) - 1}); inside.end-inside.start >= minGap || l.broken {
			l.bodies = append(l.bodies, inside)
		}
		return true
	}
	l.i = start
	l.open = l.open[:0]
	return false
}

func (l *lexer) passBody() bool {
	oneLine, lineStart := true, false
	for l.i < len(l.text) {
		c := l.text[l.i]
		switch l.class[c] {
		case classNewline:
			oneLine, lineStart = false, true
			l.i++
			continue
		case classBlank:
			l.i++
			continue
		case classDirective:
			if lineStart {
				return false
			}
			l.i++
		case classComment:
			if comment, ok := l.comment(); !ok {
				return false
			} else if comment {
				continue
			}
			l.i++
		case classString:
			if !l.literal() {
				return false
			}
		case classWord:
			start := l.i
			l.word()
			if lineStart && l.atColumn0(start) && !l.label() {
				return false
			}
		case classOpen:
			if lineStart && c == '{' && len(l.open) > 0 && l.atColumn0(l.i) {
				return false
			}
			l.open = append(l.open, c)
			l.i++
		case classClose:
			if l.broken && c == '}' && l.atColumn0(l.i) {
				l.open = l.open[:0]
				l.i++
				return true
			}
			last := c == '}' && len(l.open) == 1
			if c == '}' && last != (oneLine && last || l.atColumn0(l.i)) {
				return false
			}
			if !l.close(c) && !l.broken {
				return false
			}
			l.i++
			if last {
				return true
			}
		default:
			l.i++
		}
		lineStart = false
	}
	return false
}

func (l *lexer) close(c byte) bool {
	n := len(l.open) - 1
	// In ASCII, ")" follows "(" directly, "]" and "}" follow theirs at a distance of two.
	if n < 0 || c-l.open[n] != 1 && c-l.open[n] != 2 {
		return false
	}
	l.open = l.open[:n]
	return true
}

func (l *lexer) word() {
	for l.i < len(l.text) && l.class[l.text[l.i]] == classWord {
		l.i++
	}
}

func (l *lexer) atColumn0(i int) bool { return i == 0 || l.text[i-1] == '\n' }

// label tells whether the word that ends here is the name of a label.
func (l *lexer) label() bool {
	rest := bytes.TrimLeft(l.text[l.i:min(len(l.text), l.i+8)], " \t")
	return len(rest) > 0 && rest[0] == ':'
}

// comment passes the comment that begins here, if one does. It is not ok without
// an end, or when its end is in doubt: C continues a line comment behind "\".
func (l *lexer) comment() (is, ok bool) {
	rest := l.text[l.i:]
	switch {
	case l.LineComment != "" && bytes.HasPrefix(rest, []byte(l.LineComment)):
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		l.i += n // the line end is still to come
		return true, l.Directive == "" || !bytes.HasSuffix(bytes.TrimRight(rest[:n], "\r"), []byte(`\`))
	case l.BlockComment[0] != "" && bytes.HasPrefix(rest, []byte(l.BlockComment[0])):
		begin := len(l.BlockComment[0])
		n := bytes.Index(rest[begin:], []byte(l.BlockComment[1]))
		if n < 0 {
			return true, false
		}
		l.i += begin + n + len(l.BlockComment[1])
		return true, true
	}
	return false, true
}

// literal passes the string that begins here. In a broken text one without an end
// ends with its line.
func (l *lexer) literal() bool {
	literal := &l.strings[l.text[l.i]]
	for l.i++; l.i < len(l.text); l.i++ {
		switch c := l.text[l.i]; {
		case c == literal.Delimiter:
			l.i++
			return true
		case c == literal.Escape && c != 0:
			l.i++
		case c == '\n' && !literal.Multiline:
			return l.broken // the line end is still to come
		}
	}
	return false
}

// directive passes a line of the preprocessor with the lines that continue it.
// Quotes need no partner there, but may hide what looks like a comment.
func (l *lexer) directive() bool {
	for l.i < len(l.text) {
		c := l.text[l.i]
		switch {
		case c == '\n':
			return true // the line end is still to come
		case c == '\\':
			l.i++
			if l.i < len(l.text) && l.text[l.i] == '\r' {
				l.i++
			}
		case l.class[c] == classComment:
			if comment, ok := l.comment(); !ok {
				return false
			} else if comment {
				continue
			}
		case l.class[c] == classString:
			before := l.i
			if l.literal() {
				continue
			}
			l.i = before
		}
		l.i++
	}
	return true
}
