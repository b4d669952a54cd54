package symbols

import (
	"bytes"

	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// defineSpan is a directive that defines a macro, and the name in it.
type defineSpan struct{ directive, name span }

// noteDefine notes a directive that defines a macro. The pass looks at some directives twice,
// where it goes back to the end of a block that lacks its brace: the first time counts.
func (p *macroPass) noteDefine(start, end int) {
	if p.macroRules.define == "" || start < p.defined {
		return
	}
	p.defined = end
	tokens := p.lexer.Scan(p.text[:end])
	tokens.Seek(start + 1)
	word, name := p.wordOf(&tokens), p.wordOf(&tokens)
	if string(p.text[word.start:word.end]) != p.macroRules.define || name.end == name.start || isDigit(p.text[name.start]) {
		return
	}
	if len(p.defines) == 0 && p.isGuard(name, end) {
		return
	}
	end = start + len(bytes.TrimRight(p.text[start:end], " \t\r"))
	if len(p.defines) < MaxDefines {
		p.defines = append(p.defines, defineSpan{span{uint32(start), uint32(end)}, name})
	} else {
		p.more = true
	}
}

// wordOf returns the next token of a directive, empty if that is no word.
func (p *macroPass) wordOf(tokens *lexer.Scanner) span {
	for {
		t, ok := tokens.Next()
		switch {
		case ok && (t.Kind == lexer.Comment || p.continued(&t)):
		case ok && t.Kind == lexer.Word:
			return span{uint32(t.Start), uint32(t.End)}
		default:
			return span{}
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isGuard reports whether a text defines its first macro to know that it was included:
//
//	#ifndef NAME
//	#define NAME
//
// Only comments and directives as #pragma stand before. The value is nothing, or 1.
func (p *macroPass) isGuard(name span, end int) bool {
	value := p.tokens(p.text[:end], int(name.end), end)
	if first := value.next(); first.kind != tokenEnd && (value.string(&first) != "1" || value.next().kind != tokenEnd) {
		return false
	}
	if after := p.ahead(end); after.next().c == directiveEndif {
		return false
	}
	asked := false
	for before := p.lexer.Scan(p.text[:end]); ; {
		t, _ := before.Next()
		switch {
		case t.Kind == lexer.Comment:
		case t.Kind != lexer.Directive || asked:
			return asked && t.Kind == lexer.Directive && p.directiveKind(&t) == directiveDefine && t.End == end
		case p.directiveKind(&t) == directiveIf:
			if asked = p.asksForMissing(&t, string(p.text[name.start:name.end])); !asked {
				return false
			}
		case p.directiveKind(&t) != directiveOther:
			return false
		}
	}
}

// asksForMissing reports whether a conditional is "#ifndef NAME" or "#if !defined(NAME)".
func (p *macroPass) asksForMissing(t *lexer.Token, name string) bool {
	tokens := p.tokens(p.text, t.Start+1, t.End)
	var words []string
	not := false
	for word := tokens.next(); word.kind != tokenEnd && len(words) < 4; word = tokens.next() {
		if word.kind == tokenWord {
			words = append(words, tokens.string(&word))
		}
		not = not || word.is('!')
	}
	switch len(words) {
	case 2:
		return words[0] == "ifndef" && words[1] == name
	case 3:
		return words[0] == "if" && not && words[1] == "defined" && words[2] == name
	}
	return false
}
