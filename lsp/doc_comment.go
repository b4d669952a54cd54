package lsp

import (
	"bytes"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// maxDocComment bounds the text of a doc comment that is read, and so what is shown
// of it, in bytes: some 200 lines. Package comments of the Go library are shorter.
const maxDocComment = 16 << 10

// docComment returns the comment that documents a symbol, without what makes it a
// comment: directly above the declaration, decorators aside; else a string at the
// beginning of its body; else behind it on its line.
func docComment(text []byte, lang *language.Language, sym *symbols.Symbol) string {
	start := lineStart(text, sym.Range.Start.Line)
	end := placeOf(text, sym.Range.End)
	c := commentSyntaxOf(lang)
	if doc := c.above(linesOf(text[max(0, start-maxDocComment):start])); doc != "" {
		return doc
	}
	body := text[min(placeOf(text, sym.Selection.End), end):end]
	if doc := docString(body[:min(len(body), maxDocComment)]); doc != "" {
		return doc
	}
	rest := text[end:min(len(text), end+maxDocComment)]
	if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
		rest = rest[:i]
	}
	if sym.Range.Start.Line != sym.Range.End.Line {
		return ""
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

// commentSyntax is how comments begin in a language.
type commentSyntax struct {
	line       []string
	begin, end string // of a block
}

// commentSyntaxOf returns what the language says, else what most have: a "#" or "--"
// that is not followed by a blank is something else in some.
func commentSyntaxOf(lang *language.Language) commentSyntax {
	if s := lang.Options.Skeleton; s != nil {
		return commentSyntax{line: []string{s.LineComment}, begin: s.BlockComment[0], end: s.BlockComment[1]}
	}
	return commentSyntax{line: []string{"//", "# ", "-- "}, begin: "/*", end: "*/"}
}

// marker returns what a line begins with when it is a line comment, else "".
func (c *commentSyntax) marker(line string) string {
	line = strings.TrimSpace(line)
	for _, m := range c.line {
		// A line of nothing but "#" is one of a comment.
		if m != "" && (strings.HasPrefix(line, m) || line == strings.TrimSpace(m)) {
			return m
		}
	}
	return ""
}

// above returns the comment that the last of some lines belong to.
func (c *commentSyntax) above(lines []string) string {
	for len(lines) > 0 && isDecorator(strings.TrimSpace(lines[len(lines)-1])) {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return ""
	}
	last := strings.TrimSpace(lines[len(lines)-1])
	if c.end != "" && strings.HasSuffix(last, c.end) {
		for i := len(lines) - 1; i >= 0; i-- {
			if at := strings.LastIndex(lines[i], c.begin); at >= 0 {
				if strings.TrimSpace(lines[i][:at]) != "" {
					return "" // behind code: about that
				}
				return c.block(strings.Join(lines[i:], "\n"))
			}
		}
		return ""
	}
	marker := c.marker(last)
	from := len(lines)
	for from > 0 && marker != "" && c.marker(lines[from-1]) == marker {
		from--
	}
	var doc []string
	for _, line := range lines[from:] {
		line = strings.TrimPrefix(strings.TrimSpace(line), strings.TrimSpace(marker))
		doc = append(doc, strings.TrimPrefix(strings.TrimLeft(line, "/!"), " "))
	}
	return dedent(doc)
}

// block returns the text of a block comment.
func (c *commentSyntax) block(comment string) string {
	comment = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(comment), c.begin), c.end)
	lines := strings.Split(strings.Trim(comment, "*!"), "\n")
	starred := len(lines) > 1
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		starred = starred && (line == "" || strings.HasPrefix(line, "*"))
	}
	for i := range lines[1:] {
		if line := &lines[i+1]; starred {
			*line = strings.TrimPrefix(strings.TrimLeft(*line, " \t"), "*")
		}
	}
	lines[0] = strings.TrimLeft(lines[0], " \t")
	return strings.TrimSpace(strings.TrimRight(lines[0], " \t") + "\n" + dedent(lines[1:]))
}

// behind returns the comment that is the rest of a declaration's line.
func (c *commentSyntax) behind(rest string) string {
	rest = strings.TrimLeft(strings.ToValidUTF8(rest, "\ufffd"), ",; \t")
	if c.begin != "" && strings.HasPrefix(rest, c.begin) && strings.HasSuffix(strings.TrimSpace(rest), c.end) {
		return c.block(rest)
	}
	marker := c.marker(rest)
	if marker == "" {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(rest, strings.TrimSpace(marker)))
}

func isDecorator(line string) bool {
	return strings.HasPrefix(line, "@") || strings.HasPrefix(line, "#[")
}

// docString returns the string that a body begins with, given all of a declaration
// behind its name: after a ":" outside of all brackets, and perhaps comments.
func docString(text []byte) string {
	depth, at := 0, -1
	for i, c := range text {
		switch {
		case bytes.IndexByte([]byte("([{"), c) >= 0:
			depth++
		case bytes.IndexByte([]byte(")]}"), c) >= 0:
			depth--
		case c == ':' && depth == 0:
			at = i + 1
		}
		if at >= 0 {
			break
		}
	}
	if at < 0 {
		return ""
	}
	rest := bytes.TrimLeft(text[at:], " \t\r\n")
	for bytes.HasPrefix(rest, []byte("#")) {
		line := bytes.IndexAny(rest, "\r\n")
		if line < 0 {
			return ""
		}
		rest = bytes.TrimLeft(rest[line:], " \t\r\n")
	}
	rest = bytes.TrimLeft(rest, "rRuU")
	for _, quote := range []string{`"""`, `'''`} {
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

// dedent takes off the white space that all lines begin with, and what is at their
// ends.
func dedent(lines []string) string {
	common, known := "", false
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
		if lines[i] == "" {
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if !known {
			common, known = indent, true
		}
		for !strings.HasPrefix(indent, common) {
			common = common[:len(common)-1]
		}
	}
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], common)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
