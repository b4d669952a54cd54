package answers

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// Encoding is the unit of columns: UTF-16 code units, or bytes. There is no other.
type Encoding = protocol.PositionEncodingKind

// Position returns a place of a summary.
func Position(p symbols.Position, enc Encoding) protocol.Position {
	if enc == protocol.PositionEncodingKindUTF8 {
		return protocol.Position{Line: p.Line, Character: p.Byte}
	}
	return protocol.Position{Line: p.Line, Character: p.UTF16}
}

// Range returns a range of a summary.
func Range(r symbols.Range, enc Encoding) protocol.Range {
	return protocol.Range{Start: Position(r.Start, enc), End: Position(r.End, enc)}
}

// offset returns the byte offset of a position.
func offset(text []byte, p protocol.Position, enc Encoding) int {
	start := lineStart(text, p.Line)
	line := text[start:]
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return start + columnOffset(line, p.Character, enc)
}

// columnOffset returns the byte offset of a column in a line.
func columnOffset(line []byte, character uint32, enc Encoding) int {
	if enc == protocol.PositionEncodingKindUTF8 {
		column := min(int64(character), int64(len(line)))
		for column > 0 && column < int64(len(line)) && !utf8.RuneStart(line[column]) {
			column-- // inside a character: its start
		}
		return int(column)
	}
	units, at := uint32(0), 0
	for at < len(line) && units < character {
		r, size := utf8.DecodeRune(line[at:])
		if units++; r > 0xffff {
			if units++; units > character {
				break // between the surrogates: the start of the character
			}
		}
		at += size
	}
	return at
}

// lineStart returns the byte offset at which a 0-based line begins, or the
// length of the text when it has fewer lines. Lines end at "\n", "\r\n" and "\r".
// It looks at no byte more than twice.
func lineStart(text []byte, line uint32) int {
	at, lf, cr := 0, -1, -1 // lf and cr: the next ones, from at on
	for ; line > 0; line-- {
		if lf < at {
			lf = indexFrom(text, at, '\n')
		}
		if cr < at {
			cr = indexFrom(text, at, '\r')
		}
		end := min(lf, cr)
		if cr+1 == lf {
			end = lf
		}
		if end == len(text) {
			return end
		}
		at = end + 1
	}
	return at
}

// identifierAt returns the identifier that a place is in, or at the end of: a word
// that does not begin with a digit. It is empty where there is none.
func identifierAt(text []byte, at int) (start, end int) {
	start, end = wordAt(text, at)
	if r, _ := utf8.DecodeRune(text[start:end]); unicode.IsDigit(r) {
		return at, at
	}
	return start, end
}

// wordAt returns the run of letters, with their marks, digits and underscores that
// a place is in, or at the end of.
func wordAt(text []byte, at int) (start, end int) {
	start, end = at, at
	for end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		if !inIdentifier(r) {
			break
		}
		end += size
	}
	for start > 0 {
		r, size := utf8.DecodeLastRune(text[:start])
		if !inIdentifier(r) {
			break
		}
		start -= size
	}
	return start, end
}

func inIdentifier(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// indexFrom returns the offset of the first c from an offset on, or the length
// of the text.
func indexFrom(text []byte, from int, c byte) int {
	if i := bytes.IndexByte(text[from:], c); i >= 0 {
		return from + i
	}
	return len(text)
}
