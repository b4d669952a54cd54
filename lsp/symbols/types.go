package symbols

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// writeTypes returns text with types written as the number 0, or left out, so that a grammar
// that knows other types can parse it:
//
//	type T = {| +a: ?U, ...V |}           type T =                   0
//	function f(g: A => B): C<*> {}   ->   function f(         ):    0 {}
//	const x: D = (y: any)                 const x: 0 = (y     )
//
// Variables, members and results keep a type, so that their declarations end where they did.
// Parameters are blanked as a whole: no symbol is in them, nor in a type. Where the tokens
// look alike, a ":" and a type are taken for those of a conditional expression.
//
// The text keeps its length, so every offset means the same in both. The work is linear in
// the length of the text. The text itself is returned where there is nothing to write.
func writeTypes(rules *typeRules, text []byte) []byte {
	if rules == nil {
		return text
	}
	p := typePass{typeRules: rules, text: text, tokens: rules.lexer.Scan(text), left: len(text) + maxGapTokens}
	p.open = append(p.open, typeBracket{})
	for t, ok := p.next(); ok; t, ok = p.next() {
		p.token(&t)
	}
	if p.out == nil {
		return text
	}
	return p.out
}

// typeRules are the options of a language, made ready.
type typeRules struct {
	lexer   *lexer.Table
	words   map[string]typeWord
	exports []string
}

// typeWord is what a word may mean for types, as bits.
type typeWord uint16

const (
	typeWordAlias typeWord = 1 << iota
	typeWordHidden
	typeWordDeclare
	typeWordExport
	typeWordDefault
	typeWordVariable
	typeWordFunction
	typeWordMembers
	typeWordMixins
	typeWordCase
	typeWordPrefix
	typeWordInfix
	typeWordCondition
	typeWordOperator
	typeWordCast
)

// newTypeRules returns nil for a language whose grammar knows its types.
func newTypeRules(options *language.Types, table *lexer.Table) *typeRules {
	if options == nil {
		return nil
	}
	r := &typeRules{lexer: table, words: make(map[string]typeWord), exports: options.Exports}
	for meaning, words := range map[typeWord][]string{
		typeWordAlias: {options.Alias}, typeWordHidden: {options.Hidden}, typeWordDeclare: {options.Declare},
		typeWordExport: {options.Export}, typeWordDefault: {options.Default}, typeWordVariable: options.Variables,
		typeWordFunction: options.Functions, typeWordMembers: options.Members, typeWordMixins: {options.Mixins}, typeWordCase: {options.Case},
		typeWordPrefix: options.Prefixes, typeWordInfix: options.Infixes, typeWordCondition: {options.Condition}, typeWordCast: {options.Cast},
		typeWordOperator: slices.Concat(options.Operators, table.RegexpAfter),
	} {
		for _, word := range words {
			r.words[word] |= meaning
		}
	}
	return r
}

// typeBracket is a bracket that is open, or the file.
type typeBracket struct {
	c        byte // the bracket; 0 for the file
	members  bool // those of a class are inside
	heads    bool // the next brace is that of a class
	variable bool // in the declaration of variables
	value    bool // behind "="
	called   bool // a name or a call stands before it
	ternary  int  // "?" that lack their ":"
}

// typePass goes through the tokens of a text once.
type typePass struct {
	*typeRules
	text   []byte
	out    []byte // nil: nothing is written so far
	tokens lexer.Scanner
	before lexer.Token // the last token that is no comment
	open   []typeBracket
	named  int // where the last parenthesis ended that has no parameters of an arrow function
	left   int // how many tokens, and bytes in brackets, may be looked at ahead
}

func (p *typePass) next() (lexer.Token, bool) {
	for {
		t, ok := p.tokens.Next()
		if !ok || t.Kind != lexer.Comment {
			return t, ok
		}
	}
}

// peek returns the next token and leaves it where it is.
func (p *typePass) peek() (t lexer.Token, ok bool) {
	tokens := p.tokens
	t, ok = p.next()
	p.tokens = tokens
	return t, ok
}

// is reports whether a token is a byte.
func (p *typePass) is(t *lexer.Token, c byte) bool {
	return t.End == t.Start+1 && p.text[t.Start] == c && t.Kind != lexer.Word
}

// byteAt returns the byte at i, or 0.
func (p *typePass) byteAt(i int) byte {
	if i < 0 || i >= len(p.text) {
		return 0
	}
	return p.text[i]
}

func (p *typePass) meaning(t *lexer.Token) typeWord {
	if t.Kind != lexer.Word {
		return 0
	}
	return p.words[string(p.text[t.Start:t.End])]
}

func (p *typePass) means(t *lexer.Token, word typeWord) bool { return p.meaning(t)&word != 0 }

// write overwrites a range with blanks, and its last byte with a number if it remains a type.
func (p *typePass) write(start, end int, remains bool) {
	if p.out == nil {
		p.out = bytes.Clone(p.text)
	}
	for i := start; i < end; i++ {
		p.out[i] = ' '
	}
	if remains {
		p.out[end-1] = '0'
	}
}

func (p *typePass) token(t *lexer.Token) {
	if p.begins(t) {
		p.open = append(p.open[:0], typeBracket{})
	}
	b := &p.open[len(p.open)-1]
	if b.members && t.First && (p.before.Kind != lexer.Other || p.is(&p.before, ';')) {
		b.value, b.ternary = false, 0
	}
	before := p.before
	p.before = *t
	switch c := p.text[t.Start]; t.Kind {
	case lexer.Word:
		if !p.is(&before, '.') {
			p.word(t, &before, b)
		}
	case lexer.Open:
		if c == '(' && b.members && !b.value {
			p.parameters()
			if before.Kind != lexer.Word && !p.is(&before, ']') && !p.is(&before, '?') {
				p.signature(t.Start)
			}
			return
		}
		called := before.Kind == lexer.Close || before.Kind == lexer.Word && !p.means(&before, typeWordOperator)
		p.open = append(p.open, typeBracket{c: c, members: c == '{' && b.heads, called: called})
		b.heads = b.heads && c != '{'
	case lexer.Close:
		if n := len(p.open) - 1; n > 0 && c-b.c < 3 {
			if b.called && c == ')' {
				p.named = t.End
			}
			p.open = p.open[:n]
		}
	case lexer.Other:
		p.mark(t, &before, b, c)
	case lexer.String, lexer.Comment, lexer.Directive:
	}
}

// begins reports whether a declaration begins with a token, at the start of a line.
func (p *typePass) begins(t *lexer.Token) bool {
	return t.Kind == lexer.Word && lexer.AtColumn0(p.text, t.Start) &&
		slices.Contains(p.lexer.Declarations.Words, string(p.text[t.Start:t.End]))
}

// mark looks at a byte that is no part of a word or string.
func (p *typePass) mark(t, before *lexer.Token, b *typeBracket, c byte) {
	switch c {
	case ';':
		b.variable, b.value, b.heads, b.ternary = false, false, false, 0
	case ',':
		b.value, b.ternary = false, 0
	case '=':
		if after := p.byteAt(t.End); after != '=' && after != '>' && !bytes.ContainsRune([]byte("=!<>"), rune(p.byteAt(t.Start-1))) {
			b.value = true
		}
	case '?':
		after := p.byteAt(t.End)
		if after == '?' || after == '.' || p.byteAt(t.Start-1) == '?' {
			return
		}
		if next, ok := p.peek(); ok && !p.is(&next, ':') && !p.is(&next, ',') && !p.is(&next, ')') && !p.is(&next, ';') {
			b.ternary++
		}
	case ':':
		p.colon(t, before, b)
	case '<':
		if b.members && !b.value || before.Kind == lexer.Word && before.End == t.Start {
			p.arguments(t)
		}
	case '+', '-', '@':
		if next, ok := p.peek(); ok && b.members && !b.value && (c != '@' || p.byteAt(t.End) == c || p.byteAt(t.Start-1) == c) &&
			(next.Kind == lexer.Word || next.Kind == lexer.Open || next.Kind == lexer.String || c == '@') {
			p.write(t.Start, t.End, false)
		}
	}
}

func (p *typePass) word(t, before *lexer.Token, b *typeBracket) {
	if b.c == '(' && before.Kind != lexer.Other && p.means(t, typeWordCast) {
		if end, ok := p.passType(true); ok {
			p.write(t.Start, end, false)
		}
		return
	}
	next, ok := p.peek()
	if !ok || p.is(&next, ':') || b.members && !b.value {
		return
	}
	switch meaning := p.meaning(t); {
	case meaning&typeWordVariable != 0:
		b.variable, b.value, b.ternary = true, false, 0
	case meaning&typeWordCase != 0:
		b.ternary++
	case meaning&typeWordMembers != 0:
		b.heads = next.Kind == lexer.Word || p.is(&next, '{')
	case meaning&typeWordMixins != 0 && b.heads:
		for next, ok := p.peek(); ok && next.Kind != lexer.Open; next, ok = p.peek() {
			p.next()
		}
		p.write(t.Start, p.tokens.Pos(), false)
	case meaning&typeWordFunction != 0:
		p.function()
	case meaning&(typeWordHidden|typeWordAlias) != 0 && next.Kind == lexer.Word && !next.First:
		p.alias(t)
	case meaning&typeWordDeclare != 0 && next.Kind == lexer.Word && !next.First:
		p.declare(t)
	}
}

// function passes the name and the parameters of a function.
func (p *typePass) function() {
	for {
		tokens := p.tokens
		t, ok := p.next()
		switch {
		case ok && (t.Kind == lexer.Word || p.is(&t, '*')):
		case ok && p.is(&t, '<'):
			if end, ok := p.passArguments(); ok {
				p.write(t.Start, end, false)
			}
		case ok && p.is(&t, '('):
			p.parameters()
			return
		default:
			p.tokens = tokens
			return
		}
	}
}

// parameters blanks those behind a "(".
func (p *typePass) parameters() {
	start := p.tokens.Pos()
	end := p.group()
	p.before = lexer.Token{Kind: lexer.Close, Start: end - 1, End: end}
	if end > start && p.text[end-1] == ')' {
		p.write(start, end-1, false)
		p.named = end
	}
}

// signature blanks a member that has no name, with the type behind its parameters.
func (p *typePass) signature(start int) {
	tokens := p.tokens
	if colon, ok := p.next(); !ok || !p.is(&colon, ':') {
		p.tokens = tokens
		return
	}
	if end, ok := p.passType(true); ok {
		if next, _ := p.peek(); p.is(&next, ',') || p.is(&next, ';') {
			p.next()
			end = next.End
		}
		p.write(start, end, false)
		p.before = lexer.Token{Kind: lexer.Other, Start: end, End: end}
	}
}

// alias writes the type that has a name: "type T<U> = V", "opaque type T: U".
func (p *typePass) alias(first *lexer.Token) {
	tokens, head := p.tokens, *first
	hidden := p.means(first, typeWordHidden)
	if hidden {
		head, _ = p.next()
	}
	if !p.means(&head, typeWordAlias) {
		p.tokens = tokens
		return
	}
	p.next() // the name
	t, ok := p.next()
	if ok && p.is(&t, '<') {
		if end, ok := p.passArguments(); ok {
			p.write(t.Start, end, false)
		}
		t, ok = p.next()
	}
	if ok && hidden && p.is(&t, ':') {
		if end, ok := p.passType(true); ok {
			p.write(t.Start, end, false)
		}
		tokens = p.tokens
		t, ok = p.next()
	}
	if hidden {
		p.write(first.Start, first.End, false)
	}
	switch {
	case ok && p.is(&t, '='):
		if end, ok := p.passType(true); ok {
			p.write(t.End, end, true)
		}
	case hidden:
		p.tokens = tokens
		p.write(head.Start, head.End, false)
		copy(p.out[head.Start:head.End], "var")
	default:
		p.tokens = tokens
	}
}

// declare looks at what follows the word that says that something is only declared.
func (p *typePass) declare(first *lexer.Token) {
	tokens := p.tokens
	t, _ := p.next()
	if p.means(&t, typeWordExport) {
		p.write(first.Start, first.End, false)
		if t, _ = p.next(); !p.means(&t, typeWordDefault) {
			p.tokens = tokens
		} else if next, _ := p.peek(); !p.means(&next, typeWordFunction|typeWordMembers) {
			if end, ok := p.passType(true); ok {
				p.write(t.End, end, true)
			}
		}
		return
	}
	for _, word := range p.exports {
		if string(p.text[t.Start:t.End]) != word {
			p.tokens = tokens
			return
		}
		t, _ = p.next()
	}
	if !p.is(&t, ':') {
		p.tokens = tokens
	} else if end, ok := p.passType(true); ok {
		p.write(first.Start, first.End, false)
		p.write(t.Start, end, true)
		p.out[t.Start] = '='
	}
}

// colon looks at a ":", and writes the type behind it if one is.
func (p *typePass) colon(t, before *lexer.Token, b *typeBracket) {
	if b.ternary > 0 {
		b.ternary--
		return
	}
	operand := before.Kind == lexer.Word || before.Kind == lexer.Close || before.Kind == lexer.String || p.is(before, '?')
	parenthesis := p.is(before, ')')
	switch {
	case b.c == '(' && operand, parenthesis:
	case b.members && !b.value && operand:
	case b.variable && !b.value && operand && !p.is(before, '?'):
	default:
		return
	}
	if end, ok := p.passType(!parenthesis || p.named == before.End); ok {
		start, remains := t.Start, b.c != '('
		if !remains && p.is(before, '?') {
			start = before.Start
		}
		p.write(start, end, remains)
		if remains {
			p.out[t.Start] = ':'
		}
		p.before = lexer.Token{Kind: lexer.Word, Start: end - 1, End: end}
	}
}

// arguments blanks the types between "<" and ">", if what follows says that they are some.
func (p *typePass) arguments(t *lexer.Token) {
	tokens := p.tokens
	if end, ok := p.passArguments(); ok {
		if next, ok := p.peek(); ok && (p.is(&next, '(') || p.is(&next, '{') || p.is(&next, ',') || next.Kind == lexer.Word) {
			p.write(t.Start, end, false)
			p.before = lexer.Token{Kind: lexer.Word, Start: end - 1, End: end}
			return
		}
	}
	p.tokens = tokens
}
