package answers

import (
	"slices"
	"sort"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// places turns offsets of a text into positions, in any order. It looks at no byte beside those
// of the line, and at none of them in a text of ASCII.
type places struct {
	text   []byte
	enc    Encoding
	bytes  bool  // columns are bytes
	starts []int // offsets at which lines begin, ascending; there is at least one
}

func newPlaces(text []byte, enc Encoding) *places {
	p := &places{text: text, enc: enc, starts: []int{0}}
	p.bytes = enc == protocol.PositionEncodingKindUTF8 || symbols.IsASCII(text)
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

// line returns the line of an offset, from 0.
func (p *places) line(offset int) int {
	return sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > offset }) - 1
}

// of returns the position of an offset.
func (p *places) of(offset int) protocol.Position {
	line := p.line(offset)
	start := p.starts[line]
	at := protocol.Position{Line: uint32(line), Character: uint32(offset - start)}
	if !p.bytes {
		at.Character = rangeOf(p.text[start:offset], 0, offset-start, p.enc).End.Character
	}
	return at
}

func (p *places) rangeOf(start, end int) protocol.Range {
	return protocol.Range{Start: p.of(start), End: p.of(end)}
}

// offset returns the offset of a position.
func (p *places) offset(at protocol.Position) int {
	if int64(at.Line) >= int64(len(p.starts)) {
		return len(p.text)
	}
	start, end := p.starts[at.Line], len(p.text)
	if int(at.Line)+1 < len(p.starts) {
		end = p.starts[at.Line+1]
	}
	return start + offset(p.text[start:end], protocol.Position{Character: at.Character}, p.enc)
}

// part is a half-open range of a text, in bytes.
type part struct{ start, end int }

func (p part) holds(q part) bool { return p.start <= q.start && q.end <= p.end }

// nested returns the parts that form a chain from the inside out: each is larger than the one before
// and holds it. Parts that cross an earlier one, and empty ones, are left out.
func nested(parts []part) []part {
	chain := parts[:0]
	for _, next := range parts {
		if n := len(chain); next.start == next.end {
			continue
		} else if n == 0 || next.holds(chain[n-1]) && next != chain[n-1] {
			chain = append(chain, next)
		}
	}
	return slices.Clip(chain)
}
