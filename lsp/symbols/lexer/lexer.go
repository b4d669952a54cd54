// Package lexer divides a text into tokens, and into its top-level declarations, for any
// language: what it knows of one is a language.Lexis. It goes through a text once, never
// fails, and takes whatever is no comment, string, word, bracket or directive byte by byte.
// It does no more than a table lookup for most bytes: some 500 MB of text a second.
//
// It is no parser: it can be wrong about a text, such as where a regular expression begins.
// A summary must not depend on it where a text parses without error.
package lexer

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds.
const (
	Other     Kind = iota // any other byte
	Word                  // an identifier, keyword or number
	Open                  // an opening bracket
	Close                 // a closing bracket
	String                // a string, character or regular expression
	Comment               // without the line end behind it
	Directive             // a line of the preprocessor and those that continue it, without the line end
)

// Token is a part of a text.
type Token struct {
	Kind Kind
	// First: only blanks and comments stand before it on its line.
	First bool
	// Doubt: its end is missing or not certain. It ends where it ends at the latest.
	Doubt bool
	// Start and End are byte offsets, half open.
	Start, End int
}

// maxTemplates is how deep strings with code in them may nest; people write two.
const maxTemplates = 16

// maxRegexp is the longest regular expression, in bytes. Each "/" of a line may seem to
// begin one.
const maxRegexp = 1000

// maxRegexps is how many regular expressions without an end are looked through on a stretch
// of a line; what seems to begin one there is a division then.
const maxRegexps = 16

// class says what a byte may begin.
type class uint8

const (
	plain class = iota
	blank
	word
	newline
	opening
	closing
	quote
	comment // perhaps
	directive
	slash // a comment, a regular expression or a division
)

// Table is a language made ready. It is immutable.
type Table struct {
	language.Lexis
	class     [256]class
	skimmed   [256]bool         // Skim passes these bytes
	strings   [256][]*literal   // by first byte
	comments  [256][]delimiters // by first byte
	directive []byte            // begins one; nil for none
	stops     [256]bool         // what may end a directive, or hide its end
	joined    bool              // a backslash continues a line comment on the next line
}

// literal is a kind of string made ready.
type literal struct {
	delimiter, interpolation []byte
	escape                   byte
	multiline                bool
	stops                    [256]bool // what may end it, or hide its end
}

// delimiters are what begins and ends a comment; nil for the end of the line.
type delimiters struct{ begin, end []byte }

// NewTable returns the table of a language.
func NewTable(lexis language.Lexis) *Table {
	t := &Table{Lexis: lexis, joined: lexis.Directive != ""}
	for c := range 256 {
		if c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			t.class[c] = word
		}
	}
	t.mark(lexis.WordBytes, word)
	t.mark(" \t\r\f\v", blank)
	t.mark("\n", newline)
	t.mark("([{", opening)
	t.mark(")]}", closing)
	for _, l := range lexis.Strings {
		t.mark(l.Delimiter[:1], quote)
		t.strings[l.Delimiter[0]] = append(t.strings[l.Delimiter[0]], newLiteral(l))
	}
	if begin := lexis.BlockComment[0]; begin != "" {
		t.addComment(delimiters{[]byte(begin), []byte(lexis.BlockComment[1])})
	}
	for _, begin := range lexis.LineComments {
		t.addComment(delimiters{begin: []byte(begin)})
	}
	if lexis.Directive != "" {
		t.directive = []byte(lexis.Directive)
		t.mark(lexis.Directive[:1], directive)
	}
	if lexis.Regexps {
		t.mark("/", slash)
	}
	for c, class := range t.class {
		t.skimmed[c] = class == plain || class == word || class == blank
		t.stops[c] = c == '\n' || c == '\\' || class == comment || class == quote
	}
	return t
}

func (t *Table) mark(bytes string, c class) {
	for i := range len(bytes) {
		t.class[bytes[i]] = c
	}
}

func (t *Table) addComment(d delimiters) {
	c := d.begin[0]
	t.class[c] = comment
	t.comments[c] = append(t.comments[c], d)
}

func newLiteral(l language.StringLiteral) *literal {
	r := &literal{
		delimiter: []byte(l.Delimiter), interpolation: []byte(l.Interpolation), escape: l.Escape, multiline: l.Multiline,
	}
	r.stops[l.Delimiter[0]] = true
	r.stops['\n'] = !l.Multiline
	if l.Escape != 0 {
		r.stops[l.Escape] = true
	}
	if l.Interpolation != "" {
		r.stops[l.Interpolation[0]] = true
	}
	return r
}

// Scanner goes through a text.
type Scanner struct {
	*Table
	text      []byte
	pos       int
	lines     int  // line ends outside of tokens so far
	lineStart bool // only blanks and comments so far on this line

	endless  int // up to here, what seemed to begin a regular expression has no end
	attempts int // how often that was seen for this stretch

	gap    part    // from the code before the last comments and directives to their end
	quoted [2]part // the last two strings, the later one first
}

// part is a half-open range of byte offsets.
type part struct{ start, end int }

// Scan returns a scanner at the start of a text.
func (t *Table) Scan(text []byte) Scanner {
	return Scanner{Table: t, text: text, lineStart: true}
}

// Pos is the offset behind the last token.
func (s *Scanner) Pos() int { return s.pos }

// Seek goes on at an offset, where no token may be that is not whole. Before knows nothing
// of what lies between.
func (s *Scanner) Seek(i int) {
	s.pos, s.lineStart = i, AtColumn0(s.text, lineStart(s.text, i))
}

// Lines counts the line ends outside of tokens that are behind the scanner.
func (s *Scanner) Lines() int { return s.lines }

// Skim is Next for callers that want the structure of a text: it passes the words and other
// bytes that are not the first token of their line.
func (s *Scanner) Skim() (token Token, ok bool) {
	for {
		if !s.lineStart {
			i, text, skimmed := s.pos, s.text, &s.skimmed
			for i < len(text) && skimmed[text[i]] {
				i++
			}
			s.pos = i
		}
		if token, ok = s.Next(); !ok || token.Kind > Word || token.First {
			return token, ok
		}
	}
}

// Next returns the next token. At the end of the text it is not ok.
func (s *Scanner) Next() (token Token, ok bool) {
	text, i, class := s.text, s.pos, &s.class
	for ; i < len(text); i++ {
		switch class[text[i]] {
		case blank:
			continue
		case newline:
			s.lines++
			s.lineStart = true
			continue
		case word:
			end := i + 1
			for end < len(text) && class[text[end]] == word {
				end++
			}
			token = Token{Word, s.lineStart, false, i, end}
		case opening:
			token = Token{Open, s.lineStart, false, i, i + 1}
		case closing:
			token = Token{Close, s.lineStart, false, i, i + 1}
		case plain:
			token = Token{Other, s.lineStart, false, i, i + 1}
		default:
			token = s.long(i)
			if token.Kind == Comment {
				s.pos = token.End
				return token, true
			}
		}
		s.pos, s.lineStart = token.End, false
		return token, true
	}
	s.pos = i
	return Token{}, false
}

// long returns the token at i, which may be longer than a word.
func (s *Scanner) long(i int) Token {
	token := Token{Other, s.lineStart, false, i, i + 1}
	switch s.class[s.text[i]] {
	case quote:
		token.Kind = String
		token.End, token.Doubt = s.literal(i, maxTemplates)
	case directive:
		if s.lineStart && bytes.HasPrefix(s.text[i:], s.directive) {
			token.Kind = Directive
			token.End, token.Doubt = s.passDirective(i)
		}
	case comment, slash:
		if end, is, doubt := s.comment(i); is {
			token.Kind, token.End, token.Doubt = Comment, end, doubt
		} else if s.class[s.text[i]] == slash && !s.operandEnds(i) {
			if end, is := s.regexp(i); is {
				token.Kind, token.End = String, end
			}
		}
	}
	switch token.Kind {
	case String:
		s.quoted = [2]part{{i, token.End}, s.quoted[0]}
	case Comment, Directive:
		s.gap = part{s.codeBefore(i), token.End}
	}
	return token
}

// comment passes the comment that begins at i, if one does.
func (s *Scanner) comment(i int) (end int, is, doubt bool) {
	kinds := s.comments[s.text[i]]
	for k := range kinds {
		d := &kinds[k]
		if !bytes.HasPrefix(s.text[i:], d.begin) {
			continue
		}
		i += len(d.begin)
		if d.end == nil {
			return s.lineComment(i), true, false
		}
		n := bytes.Index(s.text[i:], d.end)
		if n < 0 {
			return len(s.text), true, true
		}
		return i + n + len(d.end), true, false
	}
	return 0, false, false
}

// lineComment returns where the line comment ends whose text is at i.
func (s *Scanner) lineComment(i int) int {
	for {
		n := bytes.IndexByte(s.text[i:], '\n')
		if n < 0 {
			return len(s.text)
		}
		if !s.joined || !bytes.HasSuffix(bytes.TrimSuffix(s.text[i:i+n], []byte("\r")), []byte(`\`)) {
			return i + n
		}
		i += n + 1
	}
}

// literal passes the string that begins at i. One without an end ends with its line, or
// with the text if it may have several lines.
func (s *Scanner) literal(i, templates int) (end int, doubt bool) {
	text := s.text
	kinds := s.strings[text[i]]
	l := kinds[0]
	for len(kinds) > 1 && !bytes.HasPrefix(text[i:], l.delimiter) {
		kinds = kinds[1:]
		l = kinds[0]
	}
	stops := &l.stops
	for i += len(l.delimiter); i < len(text); i++ {
		c := text[i]
		if !stops[c] {
			continue
		}
		switch {
		case c == l.delimiter[0]:
			if len(l.delimiter) == 1 || bytes.HasPrefix(text[i:], l.delimiter) {
				return i + len(l.delimiter), false
			}
		case c == '\n' && !l.multiline:
			return i, true
		case c == l.escape:
			i++
		case bytes.HasPrefix(text[i:], l.interpolation):
			if templates == 0 {
				return len(text), true
			}
			if i, doubt = s.interpolation(i+len(l.interpolation), templates-1); doubt {
				return i, true
			}
		}
	}
	return len(text), true
}

// interpolation passes code in a string, and returns where its "}" stands.
func (s *Scanner) interpolation(i, templates int) (end int, doubt bool) {
	depth := 0
	for i < len(s.text) {
		switch c := s.text[i]; {
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			return i, false
		case c == '}':
			depth--
		case s.class[c] == quote:
			if i, doubt = s.literal(i, templates); doubt && i == len(s.text) {
				return i, true
			}
			continue
		case s.class[c] == slash:
			after, is, _ := s.comment(i)
			if !is && !s.operandEnds(i) {
				after, is = s.regexp(i)
			}
			if is {
				i = after
				continue
			}
		}
		i++
	}
	return i, true
}

// passDirective passes a line of the preprocessor with the lines that continue it. Quotes
// need no partner there, but may hide what looks like a comment.
func (s *Scanner) passDirective(i int) (end int, doubt bool) {
	text := s.text
	for ; i < len(text); i++ {
		c := text[i]
		if !s.stops[c] {
			continue
		}
		switch {
		case c == '\n':
			return i, false
		case c == '\\':
			i++
			if i < len(text) && text[i] == '\r' {
				i++
			}
		case s.class[c] == quote:
			if after, uncertain := s.literal(i, maxTemplates); !uncertain {
				i = after - 1
			}
		default:
			if after, is, uncertain := s.comment(i); uncertain {
				return after, true
			} else if is {
				i = after - 1
			}
		}
	}
	return len(text), false
}

// Before returns the last byte before a token at i, blanks, comments and directives aside,
// and the word that ends there, if one does. Of a string that has its end, it is the first
// byte; at the start of a text 0.
func (s *Scanner) Before(i int) (last byte, word []byte) {
	end := s.codeBefore(i)
	if end == 0 {
		return 0, nil
	}
	for _, q := range s.quoted {
		if q.end == end {
			return s.text[q.start], nil
		}
	}
	return s.text[end-1], s.wordBefore(end)
}

// codeBefore returns where the code before i ends.
func (s *Scanner) codeBefore(i int) int {
	for i > 0 && (s.class[s.text[i-1]] == blank || s.class[s.text[i-1]] == newline) {
		i--
	}
	if s.gap.start < i && i <= s.gap.end {
		return s.gap.start
	}
	return i
}

// wordBefore returns the word that ends at i, or nil.
func (s *Scanner) wordBefore(i int) []byte {
	start := i
	for start > 0 && s.class[s.text[start-1]] == word {
		start--
	}
	if start == i {
		return nil
	}
	return s.text[start:i]
}

// operandEnds reports whether an operand may end before i, so that a "/" there divides.
func (s *Scanner) operandEnds(i int) bool {
	end := s.codeBefore(i)
	if end == 0 {
		return false
	}
	switch s.class[s.text[end-1]] {
	case word:
		return !slices.Contains(s.RegexpAfter, string(s.wordBefore(end)))
	case closing, quote:
		return true
	default:
		return end == s.quoted[0].end // of a regular expression
	}
}

// regexp passes the regular expression that begins at i, if one does.
func (s *Scanner) regexp(i int) (end int, is bool) {
	if i >= s.endless {
		s.attempts = 0
	} else if s.attempts == maxRegexps {
		return 0, false
	}
	class, last := false, min(len(s.text), i+maxRegexp)
	for i++; i < last; i++ {
		switch s.text[i] {
		case '\n':
			last = i
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				return i + 1, true
			}
		}
	}
	s.endless = last
	s.attempts++
	return 0, false
}

// Brackets are the brackets that are open at some place, outermost first.
type Brackets []byte

// Open adds one.
func (b *Brackets) Open(c byte) { *b = append(*b, c) }

// Close takes away the innermost, unless c does not close it.
func (b *Brackets) Close(c byte) bool {
	n := len(*b) - 1
	// In ASCII, ")" follows "(" directly, "]" and "}" follow theirs at a distance of two.
	if n < 0 || c-(*b)[n] != 1 && c-(*b)[n] != 2 {
		return false
	}
	*b = (*b)[:n]
	return true
}

// AtColumn0 reports whether a line begins at i.
func AtColumn0(text []byte, i int) bool { return i == 0 || text[i-1] == '\n' }
