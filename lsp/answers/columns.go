package answers

import (
	"unicode/utf8"

	"go.lsp.dev/protocol"
)

// columns turns offsets into positions. Offsets come in ascending order, so that each byte
// is looked at once, however long a line is.
type columns struct {
	text []byte
	enc  Encoding
	at   int
	pos  protocol.Position
}

// to returns the position of an offset, which is not before that of the last call.
func (c *columns) to(offset int) protocol.Position {
	for c.at < offset {
		b := c.text[c.at]
		r, size := rune(b), 1
		if b >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(c.text[c.at:])
		}
		c.at += size
		switch {
		case b == '\n' || b == '\r' && (c.at == len(c.text) || c.text[c.at] != '\n'):
			c.pos = protocol.Position{Line: c.pos.Line + 1}
		case c.enc == protocol.PositionEncodingKindUTF8:
			c.pos.Character += uint32(size)
		case r > 0xffff:
			c.pos.Character += 2
		default:
			c.pos.Character++
		}
	}
	return c.pos
}

// rangeOf returns the range between two offsets.
func rangeOf(text []byte, start, end int, enc Encoding) protocol.Range {
	c := columns{text: text, enc: enc}
	return protocol.Range{Start: c.to(start), End: c.to(end)}
}
