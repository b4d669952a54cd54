package symbols

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// wordClass is what a word means in a declaration.
type wordClass uint8

const (
	wordOther     wordClass = iota // a name, a type's name or a macro
	wordSpecifier                  // static, const
	wordIgnored                    // __const: a specifier that the grammar does not know
	wordType                       // int
	wordTypeOf                     // typeof: a type with parentheses
	wordTag                        // struct, union, enum
	wordAttribute                  // __attribute__: the grammar knows it
	wordStatement                  // if: no declaration begins with it
	wordForeign                    // namespace: C++
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenPunct     // one byte
	tokenGroup     // "(" to ")"
	tokenIndex     // "[" to "]"
	tokenBraces    // "{" to "}"
	tokenLiteral   // a string, a character, a number
	tokenDirective // a line of the preprocessor
	tokenGone      // blanked
)

// token is a token of the lexer, or a group of them, as declarations are made of.
type token struct {
	kind       tokenKind
	class      wordClass
	c          byte // of tokenPunct and tokenDirective
	first      bool // the first on its line
	start, end int
}

func (t *token) is(c byte) bool { return t.kind == tokenPunct && t.c == c }

// close makes a group of an opening parenthesis or bracket.
func (t *token) close(end int) {
	t.kind, t.end = tokenGroup, end
	if t.c == '[' {
		t.kind = tokenIndex
	}
}

// Directives, as the byte of their token.
const (
	directiveIf     = 'i'
	directiveElse   = 'e' // and #elif
	directiveEndif  = 'x'
	directiveDefine = 'd'
	directiveOther  = 0
)

// macroTokens are the tokens of a text, or of a part of one.
type macroTokens struct {
	*macroRules
	text []byte
	scan lexer.Scanner
}

// tokens returns those in a range.
func (r *macroRules) tokens(text []byte, start, end int) macroTokens {
	m := macroTokens{macroRules: r, text: text[:end], scan: r.lexer.Scan(text[:end])}
	m.scan.Seek(start)
	return m
}

// ahead returns the tokens at a place, as many as are looked at before it is their turn.
func (m *macroTokens) ahead(i int) macroTokens {
	return m.macroRules.tokens(m.text, i, min(len(m.text), i+maxAhead))
}

// next returns the next token; a bracket by itself.
func (m *macroTokens) next() token {
	for {
		t, ok := m.scan.Next()
		switch {
		case !ok:
			return token{kind: tokenEnd, start: len(m.text), end: len(m.text), first: true}
		case t.Kind == lexer.Comment, m.continued(&t):
		default:
			return m.token(&t)
		}
	}
}

// string returns the text of a token.
func (m *macroTokens) string(t *token) string { return string(m.text[t.start:t.end]) }

// continued reports whether a token is the backslash at the end of a line.
func (m *macroTokens) continued(t *lexer.Token) bool {
	return m.text[t.Start] == '\\' && t.End < len(m.text) && (m.text[t.End] == '\n' || m.text[t.End] == '\r')
}

// token returns a token of the lexer as one of a declaration.
func (m *macroTokens) token(l *lexer.Token) token {
	t := token{kind: tokenPunct, c: m.text[l.Start], first: l.First, start: l.Start, end: l.End}
	switch l.Kind {
	case lexer.Word:
		t.kind = tokenWord
		if t.c >= '0' && t.c <= '9' {
			t.kind = tokenLiteral
		} else {
			t.class = m.words[string(m.text[t.start:t.end])]
		}
	case lexer.String:
		t.kind = tokenLiteral
	case lexer.Directive:
		t.kind, t.c = tokenDirective, m.directiveKind(l)
	case lexer.Other, lexer.Open, lexer.Close, lexer.Comment:
	}
	return t
}

// directiveKind says which directive a token is.
func (m *macroTokens) directiveKind(t *lexer.Token) byte {
	word := bytes.TrimLeft(m.text[t.Start+1:min(t.End, t.Start+64)], " \t")
	switch {
	case bytes.HasPrefix(word, []byte("if")):
		return directiveIf
	case bytes.HasPrefix(word, []byte("el")):
		return directiveElse
	case bytes.HasPrefix(word, []byte("endif")):
		return directiveEndif
	case bytes.HasPrefix(word, []byte("define")):
		return directiveDefine
	}
	return directiveOther
}

// group passes the rest of a group of parentheses or brackets, which may lack its end.
func (m *macroTokens) group(t *token) (ok bool) {
	for depth := 1; ; {
		next, more := m.scan.Skim()
		if !more {
			return false
		}
		if depth += nesting(&next, m.text); depth == 0 {
			t.close(next.End)
			return true
		}
	}
}

// nesting is how many parentheses and brackets a token opens: 1, 0 or -1.
func nesting(t *lexer.Token, text []byte) int {
	switch c := text[t.Start]; {
	case t.Kind == lexer.Open && c != '{':
		return 1
	case t.Kind == lexer.Close && c != '}':
		return -1
	default:
		return 0
	}
}

// inside returns the tokens in parentheses, with the groups in them as tokens.
func (m *macroTokens) inside(group *token) []token {
	inner := m.macroRules.tokens(m.text, group.start+1, group.end-1)
	var tokens []token
	for len(tokens) < maxUnit {
		t := inner.next()
		if t.kind == tokenEnd {
			break
		}
		if t.kind == tokenDirective {
			continue
		}
		if (t.is('(') || t.is('[')) && !inner.group(&t) {
			break
		}
		tokens = append(tokens, t)
	}
	return tokens
}
