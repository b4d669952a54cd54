package symbols

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// passArguments passes types up to the ">" behind them.
func (p *typePass) passArguments() (end int, ok bool) {
	depth := 1
	for range max(0, min(p.left, 16*maxGapTokens)) {
		t, ok := p.next()
		if !ok {
			break
		}
		p.left--
		switch c := p.text[t.Start]; {
		case t.Kind == lexer.Open:
			p.left -= p.group() - t.End
		case t.Kind == lexer.Close, c == ';', c == '/':
			return 0, false
		case c == '<':
			depth++
		case c == '>' && t.Kind == lexer.Other && p.text[t.Start-1] != '=':
			if depth--; depth == 0 {
				return t.End, true
			}
		}
	}
	return 0, false
}

// group passes the rest of a group of brackets. A declaration at the start of a line ends one that
// lacks its end.
func (p *typePass) group() (end int) {
	for depth := 1; depth > 0; {
		tokens := p.tokens
		t, ok := p.next()
		switch {
		case !ok || p.begins(&t):
			p.tokens = tokens
			return tokens.Pos()
		case t.Kind == lexer.Open:
			depth++
		case t.Kind == lexer.Close:
			depth--
		}
	}
	return p.tokens.Pos()
}

// passType passes a type. arrows: it may be that of a function. It is not ok where none is.
func (p *typePass) passType(arrows bool) (end int, ok bool) {
	conditionals := 0
	for {
		tokens := p.tokens
		t, more := p.next()
		switch c := p.byteAt(t.Start); {
		case !more:
			return end, end > 0
		case t.Kind == lexer.Word && p.means(&t, typeWordPrefix), t.Kind == lexer.Other && bytes.IndexByte([]byte("?|&-+"), c) >= 0:
			continue
		case p.is(&t, '<'):
			if _, ok := p.passArguments(); ok {
				continue
			}
			p.tokens = tokens
			return end, end > 0
		case t.Kind == lexer.Word, t.Kind == lexer.String, p.is(&t, '*'):
			end = t.End
		case t.Kind == lexer.Open:
			end = p.group()
		default:
			p.tokens = tokens
			return end, end > 0
		}
		if end = p.behindType(end, arrows, &conditionals); end < 0 {
			end = p.tokens.Pos()
			continue
		}
		return end, true
	}
}

// behindType passes what belongs to a type that ends at some place. It returns -1 if another
// type has to follow.
func (p *typePass) behindType(end int, arrows bool, conditionals *int) int {
	for {
		tokens := p.tokens
		t, ok := p.next()
		if !ok {
			return end
		}
		c, after := p.byteAt(t.Start), p.byteAt(t.End)
		switch {
		case c == '.' && t.Kind == lexer.Other, c == '?' && after == '.':
			p.next() // a name, or the rest of "?."
			if c == '?' {
				if next, _ := p.next(); p.is(&next, '[') {
					p.group()
				}
			}
			end = p.tokens.Pos()
			continue
		case c == '<' && !t.First:
			if after, ok := p.passArguments(); ok {
				end = after
				continue
			}
		case c == '[' && !t.First:
			end = p.group()
			continue
		case c == '=' && after == '>' && arrows:
			p.next()
			return -1
		case (c == '|' || c == '&') && after != c:
			return -1
		case c == '%':
			p.next()
			end = p.tokens.Pos()
			if next, _ := p.peek(); p.is(&next, '(') {
				p.next()
				end = p.group()
			}
			continue
		case !t.First && p.means(&t, typeWordInfix):
			return -1
		case p.means(&t, typeWordCondition):
			*conditionals++
			return -1
		case (c == '?' || c == ':') && *conditionals > 0:
			if c == ':' {
				*conditionals--
			}
			return -1
		}
		p.tokens = tokens
		return end
	}
}
