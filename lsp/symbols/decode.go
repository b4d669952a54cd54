package symbols

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errDamaged is the cause of every error of Decode but that of a foreign version.
var errDamaged = errors.New("damaged summary")

const (
	// minSymbolSize is the least that a symbol takes among the numbers, in bytes:
	// head, shape, line, length of the signature. It bounds what a count can make
	// Decode allocate.
	minSymbolSize = 4

	// maxSymbolText is the most text of a symbol, in bytes: its signature, and in
	// the worst case name, container and label beside it.
	maxSymbolText = MaxSignature + 3*MaxName
)

// Decode reads what Encode wrote. It trusts no byte: damaged input gives an
// error, never a summary that breaks a promise of its type, and allocates at most
// 540 times its own size (real ones: 10 times) and never more than 260 MB, what
// MaxSymbols with all the text they may have take twice, and MaxDefines.
func Decode(data []byte) (*Summary, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: empty", errDamaged)
	}
	if data[0] != encodingVersion {
		return nil, fmt.Errorf("summary has version %d, not %d", data[0], encodingVersion)
	}
	d := decoder{numbers: data[1:], before: firstExpectation()}
	header := d.uvarint()
	count, size, textSize := header>>1, d.uvarint(), d.uvarint()
	s := new(Summary)
	if header&1 != 0 {
		d.sections(s)
	}
	if d.bad || size > uint64(len(d.numbers)) || count > min(MaxSymbols, size/minSymbolSize) ||
		textSize > count*maxSymbolText {
		return nil, fmt.Errorf("%w: header", errDamaged)
	}
	text, err := decompress(d.numbers[size:], int(textSize))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	d.text, d.numbers = text, d.numbers[:size]

	s.Symbols = make([]Symbol, count)
	for i := range s.Symbols {
		d.symbol(i, &s.Symbols[i])
		if d.bad {
			return nil, fmt.Errorf("%w: symbol %d of %d", errDamaged, i, len(s.Symbols))
		}
	}
	if len(d.numbers) != 0 || len(d.text) != 0 {
		return nil, fmt.Errorf("%w: %d bytes left over", errDamaged, len(d.numbers)+len(d.text))
	}
	return s, nil
}

// decoder reads numbers and text. After the first mistake it is bad, and whatever
// it returns means nothing.
type decoder struct {
	numbers []byte
	text    string // all strings of the summary are parts of this one
	before  expectation
	bad     bool
}

// sections reads what the sections say of a summary, and skips those of later versions.
func (d *decoder) sections(s *Summary) {
	in := decoder{numbers: d.bytes(d.uvarint())}
	for last := uint64(0); len(in.numbers) > 0 && !in.bad; {
		tag, content := in.uvarint(), decoder{numbers: in.bytes(in.uvarint())}
		switch tag {
		case sectionTruncated:
			s.Truncated = Truncation(content.number())
		case sectionErrors:
			s.SyntaxErrors = content.number()
		case sectionDefines:
			s.Defines = content.defines()
		}
		in.bad = in.bad || content.bad || tag <= last
		last = tag
	}
	d.bad = d.bad || in.bad
}

// bytes takes n bytes.
func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.numbers)) {
		d.bad = true
		return nil
	}
	b := d.numbers[:n]
	d.numbers = d.numbers[n:]
	return b
}

func (d *decoder) symbol(i int, s *Symbol) {
	head, more := d.byte(), uint64(0)
	if head&headMore != 0 {
		more = d.uvarint()
	}
	shape := d.byte()
	s.Kind = Kind(head & (1<<headKindBits - 1))
	s.Visibility = Visibility(head &^ headMore >> headKindBits)
	s.Flags = Flags(more >> moreFlags)
	if s.Kind < File || s.Kind > TypeParameter || more>>moreFlags > math.MaxUint32 {
		d.bad = true
	}

	s.Parent, s.Range.Start.Byte = d.before.parent, d.before.column
	if shape&shapePlace != 0 {
		s.Parent = d.parent(i)
		s.Range.Start.Byte = d.number()
	}
	s.Range.Start.Line = d.difference(d.before.line)
	s.Signature = d.string(d.number(), MaxSignature)
	name := d.before.name
	switch {
	case shape&shapeName != 0:
		s.Name, name = d.part(s.Signature)
	case uint64(name) <= uint64(len(s.Signature))+1:
		s.Name = identifierAt(s.Signature, name)
	default:
		d.bad = true
	}
	if more&moreContainer != 0 {
		s.Container, _ = d.part(s.Signature)
	}
	if more&moreLabel != 0 {
		s.Label = d.string(d.number(), MaxName)
	}
	d.selection(s, name, startAt(shape>>shapeStart&3))
	d.end(s, name, endAt(shape>>shapeEnd))
	d.wide(s, more&moreWide != 0)
	if !s.valid() {
		d.bad = true
	}
	d.before = expectation{s.Parent, s.Range.Start.Line, s.Range.Start.Byte, name}
}

// parent reads the parent of the i-th symbol.
func (d *decoder) parent(i int) int {
	up := d.number()
	if up == 0 {
		return -1
	}
	if uint64(up) > uint64(i) {
		d.bad = true
	}
	return i - int(up)
}

func (d *decoder) selection(s *Symbol, name uint32, how startAt) {
	from := s.Range.Start
	if how == startGiven {
		s.Selection.Start = d.position(from)
		s.Selection.End = d.position(s.Selection.Start)
		return
	}
	columns := uint32(0)
	switch how {
	case startName:
		if name == 0 {
			d.bad = true
			return
		}
		columns = name - 1
	case startColumn:
		columns = d.number()
	}
	s.Selection.Start = d.right(from, columns)
	s.Selection.End = d.right(s.Selection.Start, uint32(len(s.Name)))
}

func (d *decoder) end(s *Symbol, name uint32, how endAt) {
	from := s.Selection.End
	switch how {
	case endSelection:
		s.Range.End = from
	case endSignature, endSemicolon:
		if name == 0 {
			d.bad = true
			return
		}
		s.Range.End = d.right(from, behind(s, name)+uint32(how-endSignature))
	case endColumn:
		s.Range.End = d.right(from, d.number())
	case endBrace:
		s.Range.End = Position{
			Line: d.sum(from.Line, d.uvarint()),
			Byte: d.sum(s.Range.Start.Byte, 1),
		}
	case endGiven:
		s.Range.End = d.position(from)
	default:
		d.bad = true
	}
}

// position reads a position on the line of from or further down.
func (d *decoder) position(from Position) Position {
	return Position{Line: d.sum(from.Line, d.uvarint()), Byte: d.difference(from.Byte)}
}

// right returns the position some columns behind p.
func (d *decoder) right(p Position, columns uint32) Position {
	return Position{Line: p.Line, Byte: d.sum(p.Byte, uint64(columns))}
}

// wide sets the columns in UTF-16, which are those in bytes unless they follow.
func (d *decoder) wide(s *Symbol, follow bool) {
	for _, p := range []*Position{&s.Range.Start, &s.Range.End, &s.Selection.Start, &s.Selection.End} {
		p.UTF16 = p.Byte
		if follow {
			p.UTF16 = d.difference(p.Byte)
		}
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
	if len(d.numbers) > 0 && d.numbers[0] < 0x80 { // most are
		n := d.numbers[0]
		d.numbers = d.numbers[1:]
		return uint64(n)
	}
	n, size := binary.Uvarint(d.numbers)
	if size <= 0 {
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

// string takes a text of at most limit bytes.
func (d *decoder) string(size, limit uint32) string {
	if size > limit || uint64(size) > uint64(len(d.text)) {
		d.bad = true
		return ""
	}
	s := d.text[:size]
	d.text = d.text[size:]
	return s
}

// part reads a text and its place in the signature.
func (d *decoder) part(signature string) (text string, place uint32) {
	place, size := d.number(), d.number()
	if place == 0 {
		return d.string(size, MaxName), 0
	}
	if size > MaxName || uint64(place-1)+uint64(size) > uint64(len(signature)) {
		d.bad = true
		return "", 0
	}
	return signature[place-1:][:size], place
}
