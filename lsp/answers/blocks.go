package answers

import (
	"bytes"
	"slices"

	"github.com/symcache/symcache/lsp/symbols"
)

// tabWidth is how many columns a tab counts for where indentations are compared. Only
// texts that mix tabs and blanks depend on it.
const tabWidth = 4

// block is some whole lines of a text, from 0, both included.
type block struct{ first, last int }

// textLines are the lines of a text without their ends; there is at least one.
func textLines(text []byte) (lines [][]byte) {
	for {
		i := bytes.IndexAny(text, "\r\n")
		if i < 0 {
			return append(lines, text)
		}
		lines = append(lines, text[:i])
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		text = text[i+1:]
	}
}

// indentedBlocks returns each line with the lines below it that are indented more, but for
// blank lines at the end: what people see as a block, in any language. Lines that begin inside of
// a token belong to the block that they are in, however they are indented.
//
//	0  func f() {          0-3, 1-2
//	1      if x {
//	2          return
//	3      }
//	4  }
func indentedBlocks(lines [][]byte, tokens []block) (blocks []block) {
	type level struct{ line, indent, token int } // token: the last line of tokens that begin on the line
	var open []level
	last := 0 // line that is not blank
	closeTo := func(indent int) {
		for len(open) > 0 && open[len(open)-1].indent >= indent {
			if top := open[len(open)-1]; last > max(top.line, top.token) {
				blocks = append(blocks, block{top.line, last})
			}
			open = open[:len(open)-1]
		}
	}
	for i, line := range lines {
		indent := indentOf(line)
		if indent < 0 {
			continue
		}
		if len(open) > 0 && inside(tokens, i) {
			open[len(open)-1].token, last = i, i
			continue
		}
		closeTo(indent)
		open, last = append(open, level{line: i, indent: indent}), i
	}
	closeTo(0)
	return blocks
}

// indentOf returns the columns that a line is indented, or -1 if it is blank.
func indentOf(line []byte) (columns int) {
	for _, c := range line {
		switch c {
		case ' ':
			columns++
		case '\t':
			columns += tabWidth - columns%tabWidth
		default:
			return columns
		}
	}
	return -1
}

// symbolBlocks returns the lines of each symbol: from the line of its name to its last one,
// without a last line that only closes it.
func symbolBlocks(lines [][]byte, summary *symbols.Summary) (blocks []block) {
	for i := range summary.Symbols {
		sym := &summary.Symbols[i]
		b := block{int(sym.Selection.Start.Line), int(sym.Range.End.Line)}
		if b.last >= len(lines) {
			continue // not of this text
		}
		if sym.Range.End.Byte == 0 || closes(lines[b.last]) {
			b.last-- // the range ends with a line end, or a bracket
		}
		if b.last > b.first {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// closes reports whether a line begins with a bracket that ends something.
func closes(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && bytes.IndexByte([]byte(")]}"), line[0]) >= 0
}

// commentBlocks returns the comments that are whole lines, more than one.
func commentBlocks(lines [][]byte, c comments) (blocks []block) {
	begin, end := []byte(c.blockComment[0]), []byte(c.blockComment[1])
	for i := 0; i < len(lines); i++ {
		first, line := i, bytes.TrimSpace(lines[i])
		if marker := c.marker(string(line)); marker != "" {
			for i+1 < len(lines) && c.marker(string(lines[i+1])) == marker {
				i++
			}
		} else if len(begin) > 0 && bytes.HasPrefix(line, begin) && !bytes.Contains(line[len(begin):], end) {
			for i+1 < len(lines) {
				if i++; bytes.Contains(lines[i], end) {
					break
				}
			}
		}
		if i > first {
			blocks = append(blocks, block{first, i})
		}
	}
	return blocks
}

// conditionalBlocks returns the branches of conditionals of a preprocessor, whose lines begin with
// a directive: "#if", "#elif" and "#else" begin one, that or "#endif" ends it. All languages with
// a preprocessor call them so, by these beginnings.
func conditionalBlocks(lines [][]byte, directive string) (blocks []block) {
	var open []int
	for i, line := range lines {
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(directive))
		if directive == "" || !ok {
			continue
		}
		rest = bytes.TrimLeft(rest, " \t")
		begins, divides, ends := bytes.HasPrefix(rest, []byte("if")), bytes.HasPrefix(rest, []byte("el")), bytes.HasPrefix(rest, []byte("endif"))
		if n := len(open) - 1; n >= 0 && (divides || ends) {
			if i-1 > open[n] {
				blocks = append(blocks, block{open[n], i - 1})
			}
			open = open[:n]
		} else if divides {
			continue // it belongs to nothing
		}
		if begins || divides {
			open = append(open, i)
		}
	}
	return blocks
}

// importBlocks returns the runs of lines, more than one, that say what else is used. The
// list in brackets that such a line may begin belongs to it.
func importBlocks(lines [][]byte, words []string) (blocks []block) {
	for i := 0; i < len(lines); i++ {
		b := block{first: i, last: i}
		for i < len(lines) && imports(lines[i], words) {
			for i+1 < len(lines) && indentOf(lines[i+1]) > 0 {
				i++
			}
			b.last = i
			if i+1 < len(lines) && closes(lines[i+1]) {
				i++
			}
			i++
		}
		if b.last > b.first {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// imports reports whether a line begins with one of the words of a language for it.
func imports(line []byte, words []string) bool {
	word, _, found := bytes.Cut(line, []byte(" "))
	return found && slices.Contains(words, string(word))
}
