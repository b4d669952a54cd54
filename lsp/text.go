package lsp

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// encoding is the unit of columns: UTF-16 code units, or bytes.
type encoding = protocol.PositionEncodingKind

// position converts a place in a content.
func position(p symbols.Position, enc encoding) protocol.Position {
	if enc == protocol.PositionEncodingKindUTF8 {
		return protocol.Position{Line: p.Line, Character: p.Byte}
	}
	return protocol.Position{Line: p.Line, Character: p.UTF16}
}

func textRange(r symbols.Range, enc encoding) protocol.Range {
	return protocol.Range{Start: position(r.Start, enc), End: position(r.End, enc)}
}

// offset returns the byte offset of a position.
func offset(text []byte, p protocol.Position, enc encoding) int {
	start := lineStart(text, p.Line)
	line := text[start:]
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	return start + columnOffset(line, p.Character, enc)
}

// columnOffset returns the byte offset of a column in a line.
func columnOffset(line []byte, character uint32, enc encoding) int {
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

// walker turns offsets into positions. They come in ascending order, so that it
// looks at each byte once, however long a line is.
type walker struct {
	text []byte
	enc  encoding
	at   int
	pos  protocol.Position
}

// to returns the position of an offset, which is not before that of the last call.
func (w *walker) to(offset int) protocol.Position {
	for w.at < offset {
		c := w.text[w.at]
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(w.text[w.at:])
		}
		w.at += size
		switch {
		case c == '\n' || c == '\r' && (w.at == len(w.text) || w.text[w.at] != '\n'):
			w.pos = protocol.Position{Line: w.pos.Line + 1}
		case w.enc == protocol.PositionEncodingKindUTF8:
			w.pos.Character += uint32(size)
		case r > 0xffff:
			w.pos.Character += 2
		default:
			w.pos.Character++
		}
	}
	return w.pos
}

// rangeOf returns the range between two offsets.
func rangeOf(text []byte, start, end int, enc encoding) protocol.Range {
	w := walker{text: text, enc: enc}
	return protocol.Range{Start: w.to(start), End: w.to(end)}
}

// indexFrom returns the offset of the first c from an offset on, or the length
// of the text.
func indexFrom(text []byte, from int, c byte) int {
	if i := bytes.IndexByte(text[from:], c); i >= 0 {
		return from + i
	}
	return len(text)
}
