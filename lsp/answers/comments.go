package answers

import (
	"strings"

	"github.com/symcache/symcache/lsp/symbols/language"
)

// comments finds comments in lines of text, as a language writes them.
type comments struct {
	language.Syntax
	lineComments []string
	blockComment [2]string
}

// commentsOf returns how a language writes its comments.
func commentsOf(lang *language.Language) comments {
	return comments{lang.Syntax, lang.Lexis.LineComments, lang.Lexis.BlockComment}
}

// marker returns what a line begins with when it is a line comment, else "".
func (c comments) marker(line string) string {
	line = strings.TrimSpace(line)
	for _, m := range c.lineComments {
		if text, ok := strings.CutPrefix(line, m); ok && (!c.SpacedComments || text == "" || text[0] == ' ') {
			return m
		}
	}
	return ""
}

// above returns the text of the comment that ends with the last line, decorators aside.
func (c comments) above(lines []string) string {
	for len(lines) > 0 && c.isDecorator(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return ""
	}
	begin, end := c.blockComment[0], c.blockComment[1]
	last := strings.TrimSpace(lines[len(lines)-1])
	if end != "" && strings.HasSuffix(last, end) {
		for i := len(lines) - 1; i >= 0; i-- {
			if at := strings.LastIndex(lines[i], begin); at >= 0 {
				if strings.TrimSpace(lines[i][:at]) != "" {
					return "" // it stands behind code, and is about that
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
		line = strings.TrimPrefix(strings.TrimSpace(line), marker)
		doc = append(doc, strings.TrimPrefix(strings.TrimLeft(line, "/!"), " "))
	}
	return dedent(doc)
}

// block returns the text of a block comment.
func (c comments) block(comment string) string {
	comment = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(comment), c.blockComment[0]), c.blockComment[1])
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

// behind returns the text of the comment that follows a declaration on its line.
func (c comments) behind(rest string) string {
	rest = strings.TrimLeft(strings.ToValidUTF8(rest, "\ufffd"), ",; \t")
	begin, end := c.blockComment[0], c.blockComment[1]
	if begin != "" && strings.HasPrefix(rest, begin) && strings.HasSuffix(strings.TrimSpace(rest), end) {
		return c.block(rest)
	}
	marker := c.marker(rest)
	if marker == "" {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(rest, marker))
}

// isDecorator reports whether a line may stand between a comment and its declaration.
func (c comments) isDecorator(line string) bool {
	return beginsWith(strings.TrimSpace(line), c.Decorators)
}

// beginsWith reports whether a text begins with one of some prefixes.
func beginsWith(text string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// dedent takes off the white space that all lines begin with, and that at their ends.
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
