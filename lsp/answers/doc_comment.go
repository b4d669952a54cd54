package answers

import (
	"bytes"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// maxDocComment bounds the text that is searched for a doc comment, in bytes, and so what
// is shown of one: some 200 lines. Package comments of the Go library are shorter.
const maxDocComment = 16 << 10

// docComment returns the text of the comment that documents a symbol. It looks at three
// places, in this order: directly above the declaration, for a string at the beginning of
// its body, and behind it on its line.
func docComment(text []byte, lang *language.Language, sym *symbols.Symbol) string {
	start := lineStart(text, sym.Range.Start.Line)
	end := placeOf(text, sym.Range.End)
	c := commentsOf(lang)
	if doc := c.above(linesOf(text[max(0, start-maxDocComment):start])); doc != "" {
		return doc
	}
	body := text[min(placeOf(text, sym.Selection.End), end):end]
	if doc := c.docString(body[:min(len(body), maxDocComment)]); doc != "" {
		return doc
	}
	if sym.Range.Start.Line != sym.Range.End.Line {
		return ""
	}
	rest := text[end:min(len(text), end+maxDocComment)]
	if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
		rest = rest[:i]
	}
	return c.behind(string(rest))
}

// placeOf returns the offset of a position of a summary.
func placeOf(text []byte, p symbols.Position) int {
	return min(lineStart(text, p.Line)+int(p.Byte), len(text))
}

// linesOf splits a text that ends with a line end.
func linesOf(text []byte) []string {
	s := strings.ReplaceAll(strings.ToValidUTF8(string(text), "\ufffd"), "\r\n", "\n")
	lines := strings.Split(strings.ReplaceAll(s, "\r", "\n"), "\n")
	return lines[:len(lines)-1]
}

// docString returns the string that a body begins with. The text is all of a declaration
// that follows its name; the body follows a ":" outside of all brackets, and perhaps
// comments.
func (c comments) docString(text []byte) string {
	if len(c.DocStrings) == 0 {
		return ""
	}
	body := bodyOf(text)
	rest := bytes.TrimLeft(body, " \t\r\n")
	for c.beginsComment(rest) {
		line := bytes.IndexAny(rest, "\r\n")
		if line < 0 {
			return ""
		}
		rest = bytes.TrimLeft(rest[line:], " \t\r\n")
	}
	rest = bytes.TrimLeft(rest, c.DocStringPrefixes)
	for _, quote := range c.DocStrings {
		inside, ok := bytes.CutPrefix(rest, []byte(quote))
		if !ok {
			continue
		}
		end := bytes.Index(inside, []byte(quote))
		if end < 0 {
			return ""
		}
		lines := linesOf(append(slices.Clone(inside[:end]), '\n'))
		return strings.TrimSpace(strings.TrimSpace(lines[0]) + "\n" + dedent(lines[1:]))
	}
	return ""
}

// beginsComment reports whether a text begins with a line comment, whatever is behind its mark.
func (c comments) beginsComment(text []byte) bool {
	for _, m := range c.lineComments {
		if bytes.HasPrefix(text, []byte(m)) {
			return true
		}
	}
	return false
}

// bodyOf returns what follows the first ":" outside of all brackets.
func bodyOf(text []byte) []byte {
	depth := 0
	for i, c := range text {
		switch {
		case bytes.IndexByte([]byte("([{"), c) >= 0:
			depth++
		case bytes.IndexByte([]byte(")]}"), c) >= 0:
			depth--
		case c == ':' && depth == 0:
			return text[i+1:]
		}
	}
	return nil
}
