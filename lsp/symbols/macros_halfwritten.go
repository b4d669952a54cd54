package symbols

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// maxUnclosed is how many parentheses without an end are looked through for what they seem to
// swallow. Each may be as long as the text.
const maxUnclosed = 16

// halfWritten takes from a unit what somebody is about to write, before the next token: a
// line that ends with a dot, and a type that lacks its semicolon.
//
//	typedef struct { int a; } t          t is looked at
//
//	foo.                                 blanked
//	int f(API int a);
func (p *macroPass) halfWritten(unit []token, kind blockKind, next *token, apart bool) []token {
	switch last := &unit[len(unit)-1]; {
	case last.is('.') && next.first:
		i := len(unit) - 1
		for i > 0 && !unit[i].first {
			i--
		}
		for j := i; j < len(unit); j++ {
			p.drop(&unit[j])
		}
		return unit[:i]
	case apart && kind == blockFile && next.kind == tokenWord && lexer.AtColumn0(p.text, next.start) &&
		slices.ContainsFunc(unit, func(t token) bool { return t.kind == tokenBraces }):
		p.finish(unit, kind)
		return unit[:0]
	}
	return unit
}

// isStray reports whether an opening bracket stands behind the end of a declaration, on the
// same line, and blanks it then.
func (p *macroPass) isStray(t *token, kind blockKind) bool {
	if kind != blockFile || t.first {
		return false
	}
	if before, _ := p.scan.Before(t.start); before != ';' && before != '}' {
		return false
	}
	p.blank(t.start, t.end)
	return true
}

// withoutEnd goes on behind a "(" that has no end up to the scanner, and blanks it, if a
// semicolon is in what it seems to enclose.
func (p *macroPass) withoutEnd(t *token) {
	if p.unclosed < maxUnclosed && bytes.IndexByte(p.text[t.end:p.scan.Pos()], ';') >= 0 {
		p.unclosed++
		p.blank(t.start, t.end)
		p.scan.Seek(t.end)
	}
}

// endsBefore reports whether a conditional has another branch, which begins at the scanner,
// with whole declarations: then a unit that the first one has begun is half-written. The
// alternatives of a declaration are short.
func (p *macroPass) endsBefore() bool {
	tokens := p.ahead(p.scan.Pos())
	whole, some, depth := false, false, 0
	for {
		t := tokens.next()
		switch {
		case t.kind == tokenEnd: // of what is looked at
			return some && t.end < len(p.text)
		case t.kind != tokenDirective:
			whole = t.is(';') || t.is('}')
			some = some || whole
		case t.c == directiveIf:
			depth++
		case (t.c == directiveElse || t.c == directiveEndif) && depth == 0:
			return whole
		case t.c == directiveEndif:
			depth--
		}
	}
}
