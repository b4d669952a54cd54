package symbols

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// blankMacros returns text with the uses of macros blanked that a grammar of C cannot
// understand without their definitions. The text keeps its length and its lines, so
// every offset means the same in both:
//
//	API struct s *get(int id) HIDDEN;         struct s *get(int id)       ;
//	EXPORT(get)                          ->
//	static int one __initdata = 1;        static int one            = 1;
//
// It knows the order of words in a declaration and nothing of types. A declaration has one type and one name; whatever words remain are macros, and those
// that look like macros go first. Conditionals that divide a declaration or a brace
// leave their first branch, and both heads where each has the parameters of a function.
// What only C++ can mean is blanked as a whole.
//
// The text itself is returned where there is nothing to blank. The work is linear in
// the length of the text.
//
// Unless bodies are wanted, bodies of functions and initialisers that have lines of the
// preprocessor inside are blanked, too, and definitions of macros: no symbol is in them.
func blankMacros(rules *macroRules, text []byte, bodies bool) blanked {
	if rules == nil {
		return blanked{text: text}
	}
	p := macroPass{macroTokens: rules.tokens(text, 0, len(text)), bodies: bodies}
	for p.scan.Pos() < len(text) { // a stray "}" ends a block
		p.block(blockFile, 0)
	}
	if p.out == nil {
		p.out = text
	}
	slices.SortFunc(p.leads, func(a, b lead) int { return cmp.Compare(a.at, b.at) })
	return blanked{text: p.out, leads: p.leads, cuts: p.cuts, blanks: p.blanks, defines: p.defines, more: p.more}
}

// blanked is a text without macros.
type blanked struct {
	text  []byte
	leads []lead // in order
	cuts  []span // directives and branches inside of declarations

	blanks  []span // directives that define something, as far as they are blanked
	defines []defineSpan
	more    bool // there are more defines
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
	lexer       *lexer.Table
	words       map[string]wordClass
	definitions macroShapes
	define      string // the directive that defines a macro; empty: they are not noted
}

// newMacroRules returns nil for a language without macros.
func newMacroRules(options *language.Macros, table *lexer.Table) (*macroRules, error) {
	if options == nil {
		return nil, nil
	}
	r := &macroRules{lexer: table, words: make(map[string]wordClass), define: options.Define}
	for class, words := range map[wordClass][]string{
		wordSpecifier: options.Specifiers, wordIgnored: options.Ignored, wordType: options.Types, wordTypeOf: options.TypesOf,
		wordTag: options.Tags, wordAttribute: options.Attributes, wordStatement: options.Statements, wordForeign: options.Foreign,
	} {
		for _, word := range words {
			r.words[word] = class
		}
	}
	var err error
	r.definitions, err = newMacroShapes(options.Definitions)
	return r, err
}

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
	macroTokens
	bodies   bool    // are wanted
	out      []byte  // nil: nothing is blanked so far
	broken   bool    // a brace has no end
	endless  bool    // a conditional has no end
	unclosed int     // parentheses without an end that were blanked
	units    []token // the tokens of the declarations that are open
	open     []conditional
	leads    []lead
	cuts     []span

	blanks  []span
	defines []defineSpan
	defined int  // where the last directive ends that was looked at for a define
	more    bool // there are more than MaxDefines
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

// blankInside blanks what stands in braces, unless it is wanted.
func (p *macroPass) blankInside(braces *token) {
	if !p.bodies {
		p.blank(braces.start+1, braces.end-1)
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
	base := len(p.units)
	defer func() { p.units = p.units[:base] }()
	for {
		unit := p.units[base:]
		lines := p.scan.Lines()
		t := p.next()
		if len(unit) > 0 {
			unit = p.halfWritten(unit, kind, &t, p.scan.Lines()-lines > 1)
			p.units = p.units[:base+len(unit)]
		}
		if p.isCallOfItsOwn(unit, &t) {
			for i := range unit {
				p.drop(&unit[i])
			}
			unit = unit[:0]
			p.units = p.units[:base]
		}
		switch {
		case t.kind == tokenEnd:
			p.finish(unit, kind)
			return
		case t.kind == tokenDirective:
			if p.directive(&t, unit, kind) {
				p.units = p.units[:base]
			}
			continue
		case t.is('}'):
			p.finish(unit, kind)
			return
		case t.is(';'):
			if kind == blockEnum { // it lacks its "}"
				kind = blockFile
			} else {
				p.units = append(p.units, t)
				p.finish(p.units[base:], kind)
			}
			p.units = p.units[:base]
			continue
		case t.is(',') && kind == blockEnum:
			p.enumerator(append(unit, t))
			p.units = p.units[:base]
			continue
		case t.is(':') && len(unit) == 1 && unit[0].class == wordForeign:
			p.drop(&unit[0])
			p.drop(&t)
			p.units = p.units[:base]
			continue
		case len(unit) == 0 && (t.is('(') || t.is('[') || t.is('{')) && p.isStray(&t, kind):
			continue
		case t.is('('), t.is('['):
			if !p.parentheses(&t) {
				p.units = p.units[:base]
				continue
			}
		case t.is('{'):
			if p.brace(&t, unit, kind, depth) {
				p.units = p.units[:base]
				continue
			}
		}
		p.units = append(p.units, t)
		if len(p.units)-base > maxUnit {
			p.units = p.units[:base]
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
	tokens := p.ahead(name.end)
	group := tokens.next()
	if !group.is('(') || group.first || !tokens.group(&group) {
		return false
	}
	end := tokens.next()
	return end.is(';') || end.is('{')
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

// parentheses passes the rest of a group of parentheses or brackets. It is not ok without
// an end: then the declaration is not looked at.
func (p *macroPass) parentheses(t *token) (ok bool) {
	depth := 1
	for {
		next, more := p.scan.Skim()
		switch {
		case !more:
			p.withoutEnd(t)
			return false
		case next.Kind == lexer.Directive:
			directive := p.token(&next)
			p.directiveInside(&directive)
		case (p.text[next.Start] == '{' || p.text[next.Start] == '}') && lexer.AtColumn0(p.text, next.Start):
			p.scan.Seek(next.Start)
			p.withoutEnd(t)
			return false
		}
		if depth += nesting(&next, p.text); depth == 0 {
			t.close(next.End)
			return true
		}
	}
}

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
		case p.macroScore(t) > 0 || p.macroScore(&unit[kept]) < 2: // attributes stand behind the name
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
