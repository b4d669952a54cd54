package symbols

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// blankMacros returns text with the uses of macros blanked that a grammar of C cannot
// understand without their definitions. The text keeps its length and its lines, so
// every offset means the same in both:
//
//	API struct s *get(int id) HIDDEN;         struct s *get(int id)       ;
//	EXPORT(get)                          ->
//	static int one __initdata = 1;        static int one            = 1;
//
// It is a lexer that knows the order of words in a declaration and nothing of types.
// A declaration has one type and one name; whatever words remain are macros, and those
// that look like macros go first. Conditionals that divide a declaration or a brace
// leave their first branch, and both heads where each has the parameters of a function.
// What only C++ can mean is blanked as a whole.
//
// The text itself is returned where there is nothing to blank. The work is linear in
// the length of the text.
func blankMacros(rules *macroRules, text []byte) blanked {
	if rules == nil {
		return blanked{text: text}
	}
	p := macroPass{macroRules: rules, text: text, lineStart: true}
	for p.i < len(text) { // a stray "}" ends a block
		p.block(blockFile, 0)
	}
	if p.out == nil {
		return blanked{text: text}
	}
	slices.SortFunc(p.leads, func(a, b lead) int { return cmp.Compare(a.at, b.at) })
	return blanked{text: p.out, leads: p.leads, cuts: p.cuts}
}

// blanked is a text without macros.
type blanked struct {
	text  []byte
	leads []lead // in order
	cuts  []span // directives and branches inside of declarations
}

// lead says that a declaration that begins at one place in the blanked text begins
// earlier in the original one, with a macro.
type lead struct{ at, from uint32 }

// start returns where a declaration begins in the original text.
func (b *blanked) start(offset uint32) uint32 {
	i, found := slices.BinarySearchFunc(b.leads, offset, func(l lead, offset uint32) int { return cmp.Compare(l.at, offset) })
	if found {
		return b.leads[i].from
	}
	return offset
}

// macroRules are a language's options, made ready.
type macroRules struct {
	words       map[string]wordClass
	definitions []macroDefinition
}

type macroDefinition struct {
	name     *regexp.Regexp
	argument int
}

func newMacroRules(options *language.Macros) (*macroRules, error) {
	if options == nil {
		return nil, nil
	}
	r := &macroRules{words: make(map[string]wordClass)}
	for class, words := range map[wordClass][]string{
		wordSpecifier: options.Specifiers, wordIgnored: options.Ignored, wordType: options.Types, wordTypeOf: options.TypesOf,
		wordTag: options.Tags, wordAttribute: options.Attributes, wordStatement: options.Statements, wordForeign: options.Foreign,
	} {
		for _, word := range words {
			r.words[word] = class
		}
	}
	for _, d := range options.Definitions {
		name, err := regexp.Compile("^(?:" + d.Name + ")$")
		if err != nil {
			return nil, err
		}
		r.definitions = append(r.definitions, macroDefinition{name, d.Argument})
	}
	return r, nil
}

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
	tokenLiteral   // a string, a character
	tokenDirective // a line of the preprocessor
	tokenGone      // blanked
)

type token struct {
	kind       tokenKind
	class      wordClass
	c          byte // of tokenPunct and tokenDirective
	first      bool // the first on its line
	start, end int
}

func (t *token) is(c byte) bool { return t.kind == tokenPunct && t.c == c }

// Directives, as the byte of their token.
const (
	directiveIf    = 'i'
	directiveElse  = 'e' // and #elif
	directiveEndif = 'x'
	directiveOther = 0
)

// maxUnit is how many tokens a declaration may have to be looked at. Longer ones are
// tables of numbers.
const maxUnit = 1 << 9

// maxBlocks is how deep blocks of declarations may be nested to be looked at.
const maxBlocks = 64

// conditional is a conditional of the preprocessor that is open.
type conditional struct {
	line    span // of its #if
	inside  bool // it began inside of a declaration: only its first branch counts
	divided bool // its directives are blanked, its branches are not
	foreign bool // its other branch is C++
}

type blockKind uint8

const (
	blockFile blockKind = iota
	blockRecord
	blockEnum
)

// macroPass goes through a text once.
type macroPass struct {
	*macroRules
	text      []byte
	out       []byte // nil: nothing is blanked so far
	i         int
	lineStart bool
	broken    bool // a brace has no end
	endless   bool // a conditional has no end
	tokens    []token
	open      []conditional
	leads     []lead
	cuts      []span
}

// blank overwrites a range with blanks but for its line ends.
func (p *macroPass) blank(start, end int) {
	if p.out == nil {
		p.out = bytes.Clone(p.text)
	}
	for i := start; i < end; i++ {
		if p.out[i] != '\n' && p.out[i] != '\r' {
			p.out[i] = ' '
		}
	}
}

func (p *macroPass) drop(t *token) {
	if t.kind != tokenGone {
		p.blank(t.start, t.end)
		t.kind = tokenGone
	}
}

func (p *macroPass) write(i int, c byte) {
	p.blank(i, i+1)
	p.out[i] = c
}

// block goes through declarations up to the "}" that ends them.
func (p *macroPass) block(kind blockKind, depth int) {
	base := len(p.tokens)
	defer func() { p.tokens = p.tokens[:base] }()
	for {
		unit := p.tokens[base:]
		t := p.next()
		if p.isCallOfItsOwn(unit, &t) {
			for i := range unit {
				p.drop(&unit[i])
			}
			unit = unit[:0]
			p.tokens = p.tokens[:base]
		}
		switch {
		case t.kind == tokenEnd:
			p.finish(unit, kind)
			return
		case t.kind == tokenDirective:
			if p.directive(&t, unit, kind) {
				p.tokens = p.tokens[:base]
			}
			continue
		case t.is('}'):
			p.finish(unit, kind)
			return
		case t.is(';'):
			if kind == blockEnum { // it lacks its "}"
				kind = blockFile
			} else {
				p.tokens = append(p.tokens, t)
				p.finish(p.tokens[base:], kind)
			}
			p.tokens = p.tokens[:base]
			continue
		case t.is(',') && kind == blockEnum:
			p.enumerator(append(unit, t))
			p.tokens = p.tokens[:base]
			continue
		case t.is(':') && len(unit) == 1 && unit[0].class == wordForeign:
			p.drop(&unit[0])
			p.drop(&t)
			p.tokens = p.tokens[:base]
			continue
		case t.is('('), t.is('['):
			if !p.group(&t) {
				p.tokens = p.tokens[:base]
				continue
			}
		case t.is('{'):
			if p.brace(&t, unit, kind, depth) {
				p.tokens = p.tokens[:base]
				continue
			}
		}
		p.tokens = append(p.tokens, t)
		if len(p.tokens)-base > maxUnit {
			p.tokens = p.tokens[:base]
		}
	}
}

// isCallOfItsOwn reports whether a unit is a macro call without a semicolon, and next
// begins something else.
func (p *macroPass) isCallOfItsOwn(unit []token, next *token) bool {
	if len(unit) < 2 || unit[0].kind != tokenWord || unit[0].class != wordOther || unit[1].kind != tokenGroup {
		return false
	}
	if len(unit) > 3 && unit[2].is('=') { // "TABLE(x) = {...} TABLE_END(x)"
		last := unit[len(unit)-1].kind
		return last == tokenBraces && !next.is(';') && !next.is(',') || last == tokenGroup && next.first && next.kind == tokenWord
	}
	if len(unit) > 2 || !next.first && next.kind != tokenEnd && next.kind != tokenDirective && !next.is('}') {
		return false
	}
	if next.kind == tokenWord {
		return next.class != wordAttribute && !p.isOldStyle(&unit[1], next.start) && !p.isHead(next)
	}
	return next.kind == tokenEnd || next.kind == tokenDirective || next.is('}')
}

// isHead reports whether a word and the parentheses behind it are a whole head of a
// function, so that what stands before them is its type: "EXPORT(int)\nf(int a);".
func (p *macroPass) isHead(name *token) bool {
	if name.class != wordOther || p.macroScore(name) > 0 {
		return false
	}
	i := name.end
	for i < len(p.text) && (p.text[i] == ' ' || p.text[i] == '\t') {
		i++
	}
	if i == len(p.text) || p.text[i] != '(' {
		return false
	}
	depth := 0
	for ; i < min(len(p.text), name.end+maxOldStyle); i++ {
		switch p.text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ' ', '\t', '\r', '\n':
		case ';', '{':
			return depth == 0
		default:
			if depth == 0 {
				return false
			}
		}
	}
	return false
}

// finish looks at a whole declaration.
func (p *macroPass) finish(unit []token, kind blockKind) {
	switch {
	case len(unit) == 0:
	case kind == blockEnum:
		p.enumerator(unit)
	case len(unit) == 1 && unit[0].kind == tokenWord && unit[0].class == wordOther:
		if p.macroScore(&unit[0]) > 1 {
			p.drop(&unit[0])
		}
	default:
		p.declaration(unit, kind)
	}
}

// next returns the next token; a bracket by itself.
func (p *macroPass) next() token {
	for p.i < len(p.text) {
		c := p.text[p.i]
		switch {
		case c == '\n':
			p.lineStart = true
			p.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			p.i++
		case c == '\\' && p.i+1 < len(p.text) && (p.text[p.i+1] == '\n' || p.text[p.i+1] == '\r'):
			p.i++
		case c == '/' && p.comment():
		case c == '#' && p.lineStart:
			start := p.i
			kind := p.passDirective()
			return token{kind: tokenDirective, c: kind, first: true, start: start, end: p.i}
		case isWordByte(c):
			t := token{kind: tokenWord, first: p.lineStart, start: p.i}
			for p.i < len(p.text) && isWordByte(p.text[p.i]) {
				p.i++
			}
			t.end = p.i
			if c >= '0' && c <= '9' {
				t.kind = tokenLiteral
			} else {
				t.class = p.words[string(p.text[t.start:t.end])]
			}
			p.lineStart = false
			return t
		case c == '"' || c == '\'':
			t := token{kind: tokenLiteral, first: p.lineStart, start: p.i}
			p.literal(c)
			t.end = p.i
			p.lineStart = false
			return t
		default:
			t := token{kind: tokenPunct, c: c, first: p.lineStart, start: p.i, end: p.i + 1}
			p.i++
			p.lineStart = false
			return t
		}
	}
	return token{kind: tokenEnd, start: p.i, end: p.i, first: true}
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 || c == '$'
}

// comment passes the comment that begins here, if one does.
func (p *macroPass) comment() bool {
	rest := p.text[p.i:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		n := bytes.IndexByte(rest, '\n')
		for n > 0 && rest[n-1] == '\\' {
			m := bytes.IndexByte(rest[n+1:], '\n')
			if m < 0 {
				n = -1
				break
			}
			n += 1 + m
		}
		if n < 0 {
			n = len(rest)
		}
		p.i += n
		return true
	case bytes.HasPrefix(rest, []byte("/*")):
		n := bytes.Index(rest[2:], []byte("*/"))
		if n < 0 {
			p.i = len(p.text)
			return true
		}
		p.i += n + 4
		return true
	}
	return false
}

// literal passes a string or a character. One without an end ends with its line.
func (p *macroPass) literal(quote byte) {
	for p.i++; p.i < len(p.text); p.i++ {
		switch p.text[p.i] {
		case quote:
			p.i++
			return
		case '\\':
			p.i++
		case '\n':
			return
		}
	}
	p.i = len(p.text)
}

// passDirective passes a directive up to its line end and says which it is.
func (p *macroPass) passDirective() byte {
	word := bytes.TrimLeft(p.text[p.i+1:min(len(p.text), p.i+64)], " \t")
	kind := byte(directiveOther)
	switch {
	case bytes.HasPrefix(word, []byte("if")):
		kind = directiveIf
	case bytes.HasPrefix(word, []byte("el")):
		kind = directiveElse
	case bytes.HasPrefix(word, []byte("endif")):
		kind = directiveEndif
	}
	for p.i < len(p.text) {
		switch c := p.text[p.i]; {
		case c == '\n':
			return kind
		case c == '\\':
			p.i++
			if p.i < len(p.text) && p.text[p.i] == '\r' {
				p.i++
			}
			p.i++
		case c == '/' && p.comment():
		case c == '"':
			p.literal(c)
		default:
			p.i++
		}
	}
	p.i = len(p.text)
	return kind
}

// group passes the rest of a group of parentheses or brackets. It is not ok without an
// end: then the declaration is not looked at.
func (p *macroPass) group(t *token) (ok bool) {
	depth := 1
	for {
		start := p.i
		next := p.next()
		switch {
		case next.kind == tokenEnd:
			return false
		case next.kind == tokenDirective:
			p.directiveInside(&next)
		case next.is('('), next.is('['):
			depth++
		case next.is(')'), next.is(']'):
			if depth--; depth == 0 {
				t.kind, t.end = tokenGroup, p.i
				if t.c == '[' {
					t.kind = tokenIndex
				}
				return true
			}
		case (next.is('{') || next.is('}')) && p.atColumn0(next.start):
			p.i, p.lineStart = start, true
			return false
		}
	}
}

func (p *macroPass) atColumn0(i int) bool { return i == 0 || p.text[i-1] == '\n' }

// enumerator looks at one entry of an enum, with the "," behind it.
func (p *macroPass) enumerator(unit []token) {
	comma := len(unit) > 0 && unit[len(unit)-1].is(',')
	kept := -1
	for i := 0; i < len(unit); i++ {
		t := &unit[i]
		if t.is('=') {
			break
		}
		if t.kind != tokenWord {
			continue
		}
		call := i+1 < len(unit) && unit[i+1].kind == tokenGroup
		switch {
		case call:
			p.drop(t)
			p.drop(&unit[i+1])
			i++
		case kept < 0:
			kept = i
		case p.macroScore(t) >= p.macroScore(&unit[kept]):
			p.drop(t)
		default:
			p.drop(&unit[kept])
			kept = i
		}
	}
	if comma && kept < 0 {
		p.drop(&unit[len(unit)-1])
	}
}
