package symbols

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errDamaged is the cause of every error of Decode but that of a foreign version.
var errDamaged = errors.New("damaged summary")

// minSymbolSize is the least that a symbol takes, in bytes: a head and 12 numbers
// of one byte each. It bounds what a count can make Decode allocate.
const minSymbolSize = 13

// Decode reads what Encode wrote. It trusts no byte: damaged input gives an
// error, never a summary that breaks a promise of its type, and allocates at most
// some dozen times its own size.
func Decode(data []byte) (*Summary, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: empty", errDamaged)
	}
	if data[0] != encodingVersion {
		return nil, fmt.Errorf("summary has version %d, not %d", data[0], encodingVersion)
	}
	d := decoder{numbers: data[1:]}
	count := d.uvarint()
	size := d.uvarint()
	if d.bad || size > uint64(len(d.numbers)) || count>>1 > size/minSymbolSize {
		return nil, fmt.Errorf("%w: header", errDamaged)
	}
	d.text = d.numbers[size:]
	d.numbers = d.numbers[:size]

	s := &Summary{Truncated: count&1 != 0, Symbols: make([]Symbol, count>>1)}
	line := uint32(0)
	for i := range s.Symbols {
		d.symbol(i, &s.Symbols[i], line)
		if d.bad {
			return nil, fmt.Errorf("%w: symbol %d of %d", errDamaged, i, len(s.Symbols))
		}
		line = s.Symbols[i].Range.Start.Line
	}
	if len(d.numbers) != 0 || len(d.text) != 0 {
		return nil, fmt.Errorf("%w: %d bytes left over", errDamaged, len(d.numbers)+len(d.text))
	}
	return s, nil
}

// decoder reads both streams. After the first mistake it is bad, and whatever it
// returns means nothing.
type decoder struct {
	numbers, text []byte
	bad           bool
}

func (d *decoder) symbol(i int, s *Symbol, line uint32) {
	head, more := d.byte(), byte(0)
	if head&headMore != 0 {
		more = d.byte()
	}
	s.Kind = Kind(head & (1<<headKindBits - 1))
	s.Visibility = Visibility(head &^ headMore >> headKindBits)
	s.Flags = Flags(more & (moreLabel - 1))
	if s.Kind < File || s.Kind > TypeParameter || s.Flags&^(Deprecated|Static|Async) != 0 ||
		head&headMore != 0 && more == 0 {
		d.bad = true
	}
	up := d.number()
	if uint64(up) > uint64(i) {
		d.bad = true
	}
	s.Parent = -1
	if up > 0 {
		s.Parent = i - int(up)
	}
	s.Signature = d.string(d.number())
	s.Name = d.part(s.Signature)
	if more&moreContainer != 0 {
		s.Container = d.part(s.Signature)
	}
	if more&moreLabel != 0 {
		s.Label = d.string(d.number())
	}
	s.Range.Start.Line = d.difference(line)
	s.Range.Start.Byte = d.number()
	d.end(&s.Range)
	s.Selection.Start.Line = d.sum(s.Range.Start.Line, d.uvarint())
	s.Selection.Start.Byte = d.difference(s.Range.Start.Byte)
	d.end(&s.Selection)
	for _, p := range []*Position{&s.Range.Start, &s.Range.End, &s.Selection.Start, &s.Selection.End} {
		p.UTF16 = p.Byte
		if more&moreWide != 0 {
			p.UTF16 = d.difference(p.Byte)
		}
	}
	// An empty container or label would have been left out.
	if more&moreContainer != 0 && s.Container == "" || more&moreLabel != 0 && s.Label == "" ||
		more&moreWide != 0 && !isWide(s) || !s.valid() {
		d.bad = true
	}
}

// valid tells whether the selection is inside of the range.
func (s *Symbol) valid() bool {
	return !s.Selection.Start.before(s.Range.Start) && !s.Selection.End.before(s.Selection.Start) &&
		!s.Range.End.before(s.Selection.End)
}

func (p Position) before(q Position) bool {
	return p.Line < q.Line || p.Line == q.Line && (p.Byte < q.Byte || p.UTF16 < q.UTF16)
}

func (d *decoder) byte() byte {
	if len(d.numbers) == 0 {
		d.bad = true
		return 0
	}
	b := d.numbers[0]
	d.numbers = d.numbers[1:]
	return b
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.numbers)
	// A varint of more bytes than it needs ends in a zero byte.
	if size <= 0 || size > 1 && d.numbers[size-1] == 0 {
		d.bad = true
		return 0
	}
	d.numbers = d.numbers[size:]
	return n
}

func (d *decoder) number() uint32 { return d.sum(0, d.uvarint()) }

// sum adds and stays within 32 bits.
func (d *decoder) sum(a uint32, b uint64) uint32 {
	if b > math.MaxUint32-uint64(a) {
		d.bad = true
		return 0
	}
	return a + uint32(b)
}

func (d *decoder) difference(from uint32) uint32 {
	zigzag := d.uvarint()
	n := int64(from)
	if delta := int64(zigzag >> 1); zigzag&1 == 0 {
		n += delta
	} else {
		n -= delta + 1
	}
	if zigzag>>1 > math.MaxUint32 || n < 0 || n > math.MaxUint32 {
		d.bad = true
		return 0
	}
	return uint32(n)
}

func (d *decoder) end(r *Range) {
	lines := d.number()
	column := d.number()
	r.End.Line = d.sum(r.Start.Line, uint64(lines))
	r.End.Byte = column
	if lines == 0 {
		r.End.Byte = d.sum(r.Start.Byte, uint64(column))
	}
}

func (d *decoder) string(size uint32) string {
	if uint64(size) > uint64(len(d.text)) {
		d.bad = true
		return ""
	}
	s := string(d.text[:size])
	d.text = d.text[size:]
	return s
}

// part reads a text that may stand in the signature.
func (d *decoder) part(signature string) string {
	at, size := d.number(), d.number()
	if at == 0 {
		return d.string(size)
	}
	if uint64(at-1)+uint64(size) > uint64(len(signature)) {
		d.bad = true
		return ""
	}
	return signature[at-1:][:size]
}
