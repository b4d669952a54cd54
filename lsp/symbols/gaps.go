package symbols

import (
	"bytes"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// fillGaps returns text with what its language has and the grammar does not know written
// in another way that the grammar knows and that means the same to the query:
//
//	interface Box<in out T> {            interface Box<       T> {
//	  accessor: boolean                    accessor: boolean
//	  (a: T): void                  ->     (a: T): void;
//	  <U>(b: U): T                         <U>(b: U): T
//	}                                    }
//
// The text keeps its length, so every offset means the same in both. What is written
// anew is no part of a symbol: names and signatures are those of the original text.
//
// It is a lexer that looks at some words and at the tokens around them. The text itself
// is returned where there is nothing to write. The work is linear in the length of the text.
func fillGaps(rules *gapRules, text []byte) blanked {
	if rules == nil {
		return blanked{text: text}
	}
	p := gapPass{gapRules: rules, text: text, tokens: rules.lexer.Scan(text), left: len(text) + maxGapTokens}
	p.run()
	if p.out == nil {
		return blanked{text: text}
	}
	return blanked{text: p.out}
}

// gapRules are the options of a language, made ready.
type gapRules struct {
	*language.Gaps
	lexer    *lexer.Table
	keywords map[string]bool
	words    map[string][]*language.GapWord
	lengths  [256]uint32 // by the first byte of a word: the lengths of those that count, as bits
}

// newGapRules returns nil for a language whose grammar has no gaps.
func newGapRules(lang *language.Language, table *lexer.Table) *gapRules {
	gaps := lang.Options.Gaps
	if gaps == nil {
		return nil
	}
	r := &gapRules{Gaps: gaps, lexer: table, keywords: make(map[string]bool), words: make(map[string][]*language.GapWord)}
	for _, word := range lang.Options.Keywords {
		r.keywords[word] = true
	}
	for i := range gaps.Words {
		for _, word := range gaps.Words[i].Words {
			r.words[word] = append(r.words[word], &gaps.Words[i])
		}
	}
	for _, word := range slices.Concat(gaps.Attributes, gaps.Lists, []string{gaps.TypeImport}) {
		if word != "" && !slices.Contains(r.words[word], nil) {
			r.words[word] = append(r.words[word], nil)
		}
	}
	for word := range r.words {
		r.lengths[word[0]] |= 1 << len(word)
	}
	return r
}

// maxGapTokens is how many tokens are looked at to tell what begins at a bracket. Those
// that are looked at for all brackets together are no more than the text has bytes: real
// sources need a quarter of that, and a bracket a line would need a hundred times as many.
const maxGapTokens = 256

// gapPass goes through the tokens of a text once.
type gapPass struct {
	*gapRules
	text   []byte
	out    []byte // nil: nothing is written so far
	tokens lexer.Scanner
	before [2]lexer.Token // the last two tokens that are no comments, the later one first
	open   lexer.Brackets
	left   int // how many tokens may be looked at ahead
}

func (p *gapPass) run() {
	for {
		t, ok := p.next(&p.tokens)
		if !ok {
			return
		}
		c := p.text[t.Start]
		if t.First && t.Kind == lexer.Word && lexer.AtColumn0(p.text, t.Start) {
			p.lineEnd()
		}
		switch {
		case t.Kind == lexer.String && c == p.Escapes:
			p.escapes(&t)
		case t.Kind == lexer.Word:
			if n := t.End - t.Start; n < 32 && p.lengths[c]&(1<<n) != 0 {
				p.word(&t)
			}
		case len(p.Signatures) > 0 && t.First && (c == '<' || c == '(' || c == '['):
			p.signature(&t)
		}
		switch t.Kind {
		case lexer.Open:
			p.open.Open(c)
		case lexer.Close:
			p.open.Close(c)
		}
		p.before[1], p.before[0] = p.before[0], t
	}
}

// lineEnd blanks the last byte before a line where it must not end the one before.
func (p *gapPass) lineEnd() {
	last := &p.before[0]
	if len(p.open) > 0 || last.Kind != lexer.Other || last.End == last.Start {
		return
	}
	c := p.text[last.Start]
	twice := last.Start > 0 && p.text[last.Start-1] == c // "..." is an expression of Python
	if !twice && strings.IndexByte(p.LineEnds, c) >= 0 {
		p.write(last.Start, last.End, "")
	}
}

// escapes overwrites the escapes of a string.
func (p *gapPass) escapes(t *lexer.Token) {
	for i := t.Start; ; i += 2 {
		n := bytes.IndexByte(p.text[i:t.End], '\\')
		if i += n; n < 0 || i+1 >= t.End {
			return
		}
		p.write(i, i+1, "_")
		if p.text[i+1] != '\n' {
			p.write(i+1, i+2, "_")
		}
	}
}

// next returns the next token that is no comment.
func (p *gapPass) next(s *lexer.Scanner) (lexer.Token, bool) {
	for {
		t, ok := s.Next()
		if !ok || t.Kind != lexer.Comment {
			return t, ok
		}
	}
}

func (p *gapPass) is(t *lexer.Token, text string) bool { return string(p.text[t.Start:t.End]) == text }

func (p *gapPass) isOneOf(t *lexer.Token, texts []string) bool {
	return slices.Contains(texts, string(p.text[t.Start:t.End]))
}

// word looks at a word that may be in a gap.
func (p *gapPass) word(t *lexer.Token) {
	ahead := p.tokens
	after, ok := p.next(&ahead)
	if !ok {
		return
	}
	for _, rule := range p.words[string(p.text[t.Start:t.End])] {
		switch {
		case rule == nil:
			switch {
			case p.is(t, p.TypeImport) && p.is(&after, "("):
				p.typeImport(t)
			case p.isOneOf(t, p.Attributes) && p.before[0].Kind == lexer.String && p.is(&after, "{"):
				p.attributes(t)
			case p.isOneOf(t, p.Lists):
				p.list(&after, ahead)
			}
		case p.applies(rule, t, &after):
			if rule.With != "" && p.is(&p.before[0], rule.With) {
				p.write(p.before[0].Start, p.before[0].End, "")
			}
			p.write(t.Start, t.End, rule.Write)
			return
		}
	}
}

// applies reports whether the tokens around a word are those of a rule.
func (p *gapPass) applies(rule *language.GapWord, t, after *lexer.Token) bool {
	switch {
	case len(rule.After) > 0 && !p.isOneOf(&p.before[0], rule.After) && !(rule.First && t.First):
		return false
	case rule.BeforeName:
		return after.Kind == lexer.Word && !after.First && !p.isOneOf(after, rule.NotBefore)
	default:
		return len(rule.Before) == 0 || p.isOneOf(after, rule.Before)
	}
}

// write overwrites a range: the first bytes by with, the others by blanks where with is
// blank or empty. A single byte replaces the first one alone.
func (p *gapPass) write(start, end int, with string) {
	if p.out == nil {
		p.out = bytes.Clone(p.text)
	}
	if len(with) == 1 {
		p.out[start] = with[0]
		return
	}
	n := copy(p.out[start:end], with)
	for i := start + n; i < end; i++ {
		if p.out[i] != '\n' {
			p.out[i] = ' '
		}
	}
}

// ahead is how many tokens may be looked at now.
func (p *gapPass) ahead() int { return max(0, min(p.left, maxGapTokens)) }

// pass returns the end of the group that the bracket behind the scanner opens, and the
// token behind that. It is not ok without an end.
func (p *gapPass) pass(s *lexer.Scanner) (end int, after lexer.Token, ok bool) {
	depth := 1
	for range p.ahead() {
		t, more := p.next(s)
		if !more {
			return 0, t, false
		}
		p.left--
		switch t.Kind {
		case lexer.Open:
			depth++
		case lexer.Close:
			if depth--; depth == 0 {
				after, _ = p.next(s)
				return t.End, after, true
			}
		}
	}
	return 0, after, false
}

// typeImport blanks the import of a module whose type is meant: import("a").B<C> becomes
// B<C>. Where a call follows it is no type.
func (p *gapPass) typeImport(t *lexer.Token) {
	s := p.tokens
	p.next(&s) // "("
	if module, ok := p.next(&s); !ok || module.Kind != lexer.String {
		return
	}
	_, after, ok := p.pass(&s)
	if !ok || !p.is(&after, ".") {
		return
	}
	end := after.End
	for {
		if after, ok = p.next(&s); !ok || after.Kind != lexer.Word {
			return
		}
		if after, ok = p.next(&s); !ok || !p.is(&after, ".") {
			break
		}
	}
	if !ok || !p.is(&after, "(") || after.First {
		p.write(t.Start, end, "")
	}
}

// attributes blanks those of an import, up to the "}".
func (p *gapPass) attributes(t *lexer.Token) {
	s := p.tokens
	p.next(&s) // "{"
	if end, _, ok := p.pass(&s); ok {
		p.write(t.Start, end, "")
	}
}

// list gives keywords in a list of exported or imported names the form of names.
func (p *gapPass) list(t *lexer.Token, s lexer.Scanner) {
	if p.is(t, "type") || p.isOneOf(t, p.ListWords) {
		*t, _ = p.next(&s)
	}
	if !p.is(t, "{") {
		return
	}
	for before := *t; ; {
		t, ok := p.next(&s)
		if !ok || t.Kind == lexer.Open || t.Kind == lexer.Close {
			return
		}
		if t.Kind == lexer.Word && (p.keywords[string(p.text[t.Start:t.End])] || p.is(&t, "type")) {
			ahead := s
			after, ok := p.next(&ahead)
			switch {
			case ok && after.Kind == lexer.Word && p.isOneOf(&t, p.ListWords):
				p.write(t.Start, t.End, "")
			case ok && (p.is(&after, ",") || p.is(&after, "}") || p.is(&after, "as") && !p.is(&before, "as")):
				p.write(t.Start, t.End, "_")
			}
		}
		before = t
	}
}

// signature ends a member of a type where the next one begins with a bracket, at the
// start of a line. The grammar takes that for more of the member.
func (p *gapPass) signature(t *lexer.Token) {
	last := p.before[0]
	n := len(p.open) - 1
	if n < 0 || p.open[n] != '{' || !p.endsType(&last) || last.End >= len(p.text) {
		return
	}
	if c := p.text[last.End]; c != ' ' && c != '\n' && c != '\t' {
		return
	}
	s := p.tokens
	switch p.text[t.Start] {
	case '<':
		if !p.typeParameters(&s) {
			return
		}
	case '(':
		if _, after, ok := p.pass(&s); !ok || !p.is(&after, ":") {
			return
		}
	case '[':
		name, _ := p.next(&s)
		if after, ok := p.next(&s); !ok || name.Kind != lexer.Word || !p.is(&after, ":") && !p.is(&after, "in") {
			return
		}
	}
	p.write(last.End, last.End+1, ";")
}

// endsType reports whether a type may end with a token.
func (p *gapPass) endsType(t *lexer.Token) bool {
	switch t.Kind {
	case lexer.Word:
		return !p.isOneOf(t, p.Signatures)
	case lexer.Close, lexer.String:
		return true
	default:
		return t.End > 1 && p.is(t, ">") && p.text[t.Start-1] != '='
	}
}

// typeParameters reports whether the "<" before the scanner begins those of a function.
func (p *gapPass) typeParameters(s *lexer.Scanner) bool {
	depth, open := 1, 0
	before := byte('<')
	for range p.ahead() {
		t, ok := p.next(s)
		if !ok {
			return false
		}
		p.left--
		c := p.text[t.Start]
		switch {
		case t.Kind == lexer.Open:
			open++
		case t.Kind == lexer.Close:
			if open--; open < 0 {
				return false
			}
		case open > 0:
		case c == '<':
			depth++
		case c == '>' && before != '=':
			if depth--; depth == 0 {
				after, ok := p.next(s)
				return ok && p.is(&after, "(")
			}
		}
		before = c
	}
	return false
}
