// Package lexer divides a text into tokens, and into its top-level declarations, for any
// language: what it knows of one is a language.Lexis. It goes through a text once, never
// fails, and takes whatever is no comment, string, word, bracket or directive byte by byte.
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
	class   [256]class
	strings [256][]language.StringLiteral // by first byte
}

// NewTable returns the table of a language.
func NewTable(lexis language.Lexis) *Table {
	t := &Table{Lexis: lexis}
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
	for _, literal := range lexis.Strings {
		c := literal.Delimiter[0]
		t.class[c] = quote
		t.strings[c] = append(t.strings[c], literal)
	}
	for _, begin := range append(slices.Clone(lexis.LineComments), lexis.BlockComment[0]) {
		if begin != "" {
			t.class[begin[0]] = comment
		}
	}
	if lexis.Directive != "" {
		t.class[lexis.Directive[0]] = directive
	}
	if lexis.Regexps {
		t.class['/'] = slash
	}
	return t
}

func (t *Table) mark(bytes string, c class) {
	for i := range len(bytes) {
		t.class[bytes[i]] = c
	}
}

// Scanner goes through a text.
type Scanner struct {
	*Table
	text      []byte
	pos       int
	lines     int   // line ends outside of tokens so far
	lineStart bool  // only blanks and comments so far on this line
	last      Token // the last one that is no comment
}

// Scan returns a scanner at the start of a text.
func (t *Table) Scan(text []byte) Scanner {
	return Scanner{Table: t, text: text, lineStart: true}
}

// Lines counts the line ends outside of tokens that are behind the scanner.
func (s *Scanner) Lines() int { return s.lines }

// Next returns the next token. At the end of the text it is not ok.
func (s *Scanner) Next() (token Token, ok bool) {
	text := s.text
	for s.pos < len(text) {
		c := text[s.pos]
		start := s.pos
		kind := Other
		doubt := false
		switch s.class[c] {
		case newline:
			s.lines++
			s.lineStart = true
			s.pos++
			continue
		case blank:
			s.pos++
			continue
		case word:
			for s.pos++; s.pos < len(text) && s.class[text[s.pos]] == word; {
				s.pos++
			}
			kind = Word
		case opening:
			s.pos++
			kind = Open
		case closing:
			s.pos++
			kind = Close
		case quote:
			s.pos, doubt = s.literal(start, maxTemplates)
			kind = String
		case directive:
			if s.lineStart && bytes.HasPrefix(text[start:], []byte(s.Directive)) {
				s.pos, doubt = s.directive(start)
				kind = Directive
			} else {
				s.pos++
			}
		case comment, slash:
			if end, is, uncertain := s.comment(start); is {
				s.pos = end
				return Token{Comment, s.lineStart, uncertain, start, end}, true
			}
			s.pos++
			if s.class[c] == slash && !s.operandEnds() {
				if end, is := s.regexp(start); is {
					s.pos = end
					kind = String
				}
			}
		default:
			s.pos++
		}
		token = Token{kind, s.lineStart, doubt, start, s.pos}
		s.lineStart = false
		s.last = token
		return token, true
	}
	return Token{}, false
}

// comment passes the comment that begins at i, if one does. The end of a line comment is
// in doubt where a preprocessor would continue it on the next line.
func (s *Scanner) comment(i int) (end int, is, doubt bool) {
	rest := s.text[i:]
	if begin := s.BlockComment[0]; begin != "" && bytes.HasPrefix(rest, []byte(begin)) {
		n := bytes.Index(rest[len(begin):], []byte(s.BlockComment[1]))
		if n < 0 {
			return len(s.text), true, true
		}
		return i + len(begin) + n + len(s.BlockComment[1]), true, false
	}
	for _, begin := range s.LineComments {
		if bytes.HasPrefix(rest, []byte(begin)) {
			n := bytes.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			return i + n, true, s.Directive != "" && bytes.HasSuffix(bytes.TrimRight(rest[:n], "\r"), []byte(`\`))
		}
	}
	return 0, false, false
}

// literal passes the string that begins at i. One without an end ends with its line, or
// with the text if it may have several lines.
func (s *Scanner) literal(i, templates int) (end int, doubt bool) {
	text := s.text
	var literal *language.StringLiteral
	kinds := s.strings[text[i]]
	for k := range kinds {
		literal = &kinds[k]
		if len(literal.Delimiter) == 1 || bytes.HasPrefix(text[i:], []byte(literal.Delimiter)) {
			break
		}
	}
	d := literal.Delimiter
	for i += len(d); i < len(text); i++ {
		switch c := text[i]; {
		case c == d[0] && (len(d) == 1 || bytes.HasPrefix(text[i:], []byte(d))):
			return i + len(d), false
		case c == literal.Escape && c != 0:
			i++
		case c == '\n' && !literal.Multiline:
			return i, true
		case literal.Interpolation != "" && c == literal.Interpolation[0] &&
			bytes.HasPrefix(text[i:], []byte(literal.Interpolation)):
			if templates == 0 {
				return len(text), true
			}
			if i, doubt = s.interpolation(i+len(literal.Interpolation), templates-1); doubt {
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
			if after, is, _ := s.comment(i); is {
				i = after
				continue
			}
		}
		i++
	}
	return i, true
}

// directive passes a line of the preprocessor with the lines that continue it. Quotes need
// no partner there, but may hide what looks like a comment.
func (s *Scanner) directive(i int) (end int, doubt bool) {
	text := s.text
	for i < len(text) {
		switch c := text[i]; {
		case c == '\n':
			return i, false
		case c == '\\':
			i++
			if i < len(text) && text[i] == '\r' {
				i++
			}
		case s.class[c] == comment:
			if after, is, uncertain := s.comment(i); uncertain {
				return after, true
			} else if is {
				i = after
				continue
			}
		case s.class[c] == quote:
			if after, uncertain := s.literal(i, maxTemplates); !uncertain {
				i = after
				continue
			}
		}
		i++
	}
	return len(text), false
}

// operandEnds reports whether the last token may end an operand, so that a "/" divides.
func (s *Scanner) operandEnds() bool {
	switch s.last.Kind {
	case Word:
		return !slices.Contains(s.RegexpAfter, string(s.text[s.last.Start:s.last.End]))
	case Close, String:
		return true
	default:
		return false
	}
}

// regexp passes the regular expression that begins at i, if one does.
func (s *Scanner) regexp(i int) (end int, is bool) {
	class := false
	for i, end = i+1, min(len(s.text), i+maxRegexp); i < end; i++ {
		switch s.text[i] {
		case '\n':
			return 0, false
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
