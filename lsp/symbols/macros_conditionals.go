package symbols

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// directive looks at a directive between declarations or inside of one. It reports
// whether the unit is done with.
func (p *macroPass) directive(t *token, unit []token, kind blockKind) (done bool) {
	if t.c == directiveDefine {
		p.noteDefine(t.start, t.end)
	}
	switch t.c {
	case directiveIf:
		c := conditional{line: span{uint32(t.start), uint32(t.end)}, inside: len(unit) > 0}
		cpp, not := p.asksForCPlusPlus(t)
		c.foreign = not
		p.open = append(p.open, c)
		if c.inside {
			p.cut(t.start, t.end)
		}
		if cpp {
			p.skipBranch()
		}
	case directiveElse:
		if len(p.open) == 0 {
			return false
		}
		c := &p.open[len(p.open)-1]
		switch {
		case c.foreign:
			p.skipBranch()
		case c.inside:
			p.cut(t.start, t.end)
			p.skipBranches()
		case len(unit) > 0 && kind == blockFile && p.endsBefore():
			return true
		case len(unit) > 0 && kind != blockEnum && endsInParameters(unit):
			// Two heads of one body: the first becomes a prototype.
			p.cut(int(c.line.start), int(c.line.end))
			p.cut(t.start, t.end)
			c.divided = true
			p.finish(append(unit, p.end(unit, t.start)), kind)
			return true
		case len(unit) > 0:
			p.cut(int(c.line.start), int(c.line.end))
			p.cut(t.start, t.end)
			c.inside = true
			p.skipBranches()
		case c.divided:
			p.cut(t.start, t.end)
		}
	case directiveEndif:
		if len(p.open) == 0 {
			return false
		}
		c := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		if c.inside || c.divided {
			p.cut(t.start, t.end)
		} else if len(unit) > 0 {
			p.cut(int(c.line.start), int(c.line.end))
			p.cut(t.start, t.end)
		}
	default:
		switch {
		case len(unit) > 0 || kind == blockEnum:
			p.cut(t.start, t.end)
		case t.c == directiveDefine && !p.bodies:
			// There is nothing more in it to find, and a parser would look at each byte.
			p.blank(t.start, t.end)
			if n := len(p.blanks); t.end-t.start >= minGap && (n == 0 || int(p.blanks[n-1].end) <= t.start) {
				p.blanks = append(p.blanks, span{uint32(t.start), uint32(t.end)})
			}
		}
	}
	return false
}

// cut blanks a directive, or a branch, of which signatures shall have nothing.
func (p *macroPass) cut(start, end int) {
	p.blank(start, end)
	p.cuts = append(p.cuts, span{uint32(start), uint32(end)})
}

// end writes a ";" directly behind a unit, or at another place if there is no room.
func (p *macroPass) end(unit []token, at int) token {
	if len(unit) > 0 {
		if end := unit[len(unit)-1].end; p.text[end] == ' ' || p.text[end] == '\n' || p.text[end] == '\t' || p.text[end] == '\r' {
			at = end
		}
	}
	p.write(at, ';')
	return token{kind: tokenPunct, c: ';', start: at, end: at + 1}
}

// directiveInside looks at a directive inside of parentheses: the first branch counts.
func (p *macroPass) directiveInside(t *token) {
	switch t.c {
	case directiveDefine:
		p.noteDefine(t.start, t.end)
	case directiveIf:
		p.open = append(p.open, conditional{line: span{uint32(t.start), uint32(t.end)}, inside: true})
	case directiveElse:
		if n := len(p.open); n > 0 {
			c := &p.open[n-1]
			if !c.inside {
				p.cut(int(c.line.start), int(c.line.end))
				c.inside = true
			}
			p.cut(t.start, t.end)
			p.skipBranches()
		}
	case directiveEndif:
		if n := len(p.open); n > 0 {
			c := p.open[n-1]
			p.cut(int(c.line.start), int(c.line.end))
			p.open = p.open[:n-1]
		}
	}
	p.cut(t.start, t.end)
}

// endsInParameters reports whether a unit may be the head of a function.
func endsInParameters(unit []token) bool {
	return len(unit) > 1 && unit[len(unit)-1].kind == tokenGroup
}

// asksForCPlusPlus reports whether a branch is C++, or the other one is.
func (p *macroPass) asksForCPlusPlus(t *token) (cpp, not bool) {
	line := p.text[t.start:t.end]
	if !bytes.Contains(line, []byte("__cplusplus")) || bytes.Contains(line, []byte("||")) {
		return false, false
	}
	word := bytes.TrimLeft(line[1:], " \t")
	switch {
	case bytes.HasPrefix(word, []byte("ifdef")):
		return true, false
	case bytes.HasPrefix(word, []byte("ifndef")):
		return false, true
	case bytes.IndexByte(line, '!') >= 0:
		return false, bytes.IndexByte(line, '&') < 0
	}
	return true, false
}

// skipBranch blanks up to the directive that ends this branch, which comes next.
func (p *macroPass) skipBranch() {
	if p.endless {
		return
	}
	start := p.scan.Pos()
	if end, ok := p.passBranch(); ok {
		p.blank(start, end)
	} else {
		p.scan.Seek(start)
	}
}

// skipBranches blanks all other branches up to the #endif, which comes next.
func (p *macroPass) skipBranches() {
	if p.endless {
		return
	}
	start := p.scan.Pos()
	for {
		end, ok := p.passBranch()
		if !ok {
			p.scan.Seek(start)
			return
		}
		if t := p.next(); t.c == directiveEndif {
			p.scan.Seek(end)
			p.cut(start, end)
			return
		}
	}
}

// passBranch returns where the directive begins that ends this branch, which comes next.
// It is not ok where none does.
func (p *macroPass) passBranch() (end int, ok bool) {
	for depth := 0; ; {
		t, more := p.scan.Skim()
		if !more {
			p.endless = true
			return 0, false
		}
		if t.Kind != lexer.Directive {
			continue
		}
		switch kind := p.directiveKind(&t); {
		case kind == directiveDefine:
			p.noteDefine(t.Start, t.End)
		case kind == directiveIf:
			depth++
		case depth == 0 && (kind == directiveElse || kind == directiveEndif):
			p.scan.Seek(t.Start)
			return t.Start, true
		case kind == directiveEndif:
			depth--
		}
	}
}

// brace looks at a "{". It reports whether the unit is done with; else t is the token
// of the whole block.
func (p *macroPass) brace(t *token, unit []token, kind blockKind, depth int) (done bool) {
	t.kind = tokenBraces
	if kind == blockEnum || depth == maxBlocks {
		p.body(t)
		return false
	}
	if len(unit) == 2 && unit[1].kind == tokenLiteral && string(p.text[unit[0].start:unit[0].end]) == "extern" {
		p.block(blockFile, depth+1)
		return true
	}
	if isForeign(p, unit) {
		p.body(t)
		if foreignEndsInBraces(p, unit) {
			p.blank(unit[0].start, p.scan.Pos())
			return true
		}
		t.end = p.scan.Pos()
		return false
	}
	if hasAssign(unit) {
		if p.body(t) && t.end-t.start > 2 {
			p.blankInside(t)
		}
		return false
	}
	if tag := p.tagOf(unit); tag >= 0 {
		inner := blockRecord
		if p.text[unit[tag].start] == 'e' {
			inner = blockEnum
		}
		p.block(inner, depth+1)
		t.end = p.scan.Pos()
		return false
	}
	// A function, in whatever way its head is written.
	head := append(unit, token{kind: tokenPunct, c: '{', start: t.start, end: t.start + 1})
	directives := len(p.open)
	switch p.bodyOfFunction(t, directives) {
	case bodyDivided:
		p.blank(t.start, t.start+1)
		head[len(head)-1] = p.end(unit, t.start)
	case bodyWithDirectives:
		p.blankInside(t)
	case bodyPlain, bodyInDoubt:
	}
	if kind == blockRecord && len(unit) > 0 && !lexer.AtColumn0(p.text, unit[0].start) { // only C++ has functions in structs
		p.blank(unit[0].start, p.scan.Pos())
		return true
	}
	p.declaration(head, kind)
	return true
}

func hasAssign(unit []token) bool {
	for i := len(unit) - 1; i >= 0; i-- {
		switch {
		case unit[i].is('='):
			return true
		case unit[i].is(','):
			return false
		}
	}
	return false
}

// tagOf returns which token of a unit is the struct, union or enum that a "{" behind it
// belongs to, or -1.
func (p *macroPass) tagOf(unit []token) int {
	for i := len(unit) - 1; i >= 0; i-- {
		t := &unit[i]
		switch {
		case t.kind == tokenWord && t.class == wordTag:
			// "struct s f(int a) {" is a function, "struct s ALIGNED(16) {" is not.
			if n := len(unit); n-i > 3 && unit[n-1].kind == tokenGroup && unit[n-2].class == wordOther && p.macroScore(&unit[n-2]) < 2 {
				return -1
			}
			return i
		case t.kind == tokenWord && (t.class == wordOther || t.class == wordAttribute || t.class == wordType):
		case t.kind == tokenGroup && i > 0 && unit[i-1].kind == tokenWord, t.kind == tokenIndex, t.is(':'):
		default:
			return -1
		}
	}
	return -1
}

// body passes a block up to its "}" and sets the end of its token. It is not ok where
// that is in doubt.
func (p *macroPass) body(t *token) (ok bool) {
	kind := p.bodyOfFunction(t, len(p.open))
	return kind == bodyPlain || kind == bodyWithDirectives
}

type bodyKind uint8

const (
	bodyPlain bodyKind = iota
	bodyWithDirectives
	bodyDivided // the conditional around its head has another branch
	bodyInDoubt
)

// bodyOfFunction passes a block that began with t. Of conditionals in it, the first
// branch says how many braces are open behind.
func (p *macroPass) bodyOfFunction(t *token, base int) bodyKind {
	type branch struct{ before, after int }
	var branches []branch
	depth, directives := 1, false
	column0 := -1 // behind the first "}" at the start of a line that does not end the block
	for {
		next, more := p.scan.Skim()
		switch {
		case !more:
			p.broken = true
			if column0 >= 0 {
				p.scan.Seek(column0)
			}
			t.end = p.scan.Pos()
			return bodyInDoubt
		case next.Kind == lexer.Directive:
			kind := p.directiveKind(&next)
			directives = true
			if len(branches) == 0 && column0 >= 0 && (kind == directiveElse || kind == directiveEndif) {
				// The block lacks a "}", and a conditional around it ends here.
				p.broken = true
				p.scan.Seek(column0)
				t.end = column0
				return bodyInDoubt
			}
			switch {
			case kind == directiveDefine:
				p.noteDefine(next.Start, next.End)
			case kind == directiveIf:
				branches = append(branches, branch{depth, -1})
			case kind == directiveElse && len(branches) > 0:
				b := &branches[len(branches)-1]
				if b.after < 0 {
					b.after = depth
				}
				depth = b.before
			case kind == directiveEndif && len(branches) > 0:
				b := branches[len(branches)-1]
				branches = branches[:len(branches)-1]
				if b.after >= 0 {
					depth = b.after
				}
			case kind == directiveElse && base > 0:
				c := &p.open[base-1]
				p.cut(int(c.line.start), int(c.line.end))
				p.blank(t.start+1, next.End)
				c.divided = true
				t.end = next.Start
				return bodyDivided
			case kind == directiveEndif && base > 0:
				base--
				c := p.open[base]
				p.cut(int(c.line.start), int(c.line.end))
				p.blank(next.Start, next.End)
				p.open = p.open[:base]
			}
		case next.Kind == lexer.Open && p.text[next.Start] == '{':
			depth++
		case next.Kind == lexer.Close && p.text[next.Start] == '}':
			depth--
			zero := lexer.AtColumn0(p.text, next.Start)
			if depth <= 0 || p.broken && zero {
				t.end = next.End
				for range branches { // their ends come behind
					p.open = append(p.open, conditional{inside: true})
				}
				if depth > 0 || column0 >= 0 {
					return bodyInDoubt
				}
				if directives {
					return bodyWithDirectives
				}
				return bodyPlain
			}
			if zero && column0 < 0 {
				column0 = next.End
			}
		}
	}
}
