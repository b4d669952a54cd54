package symbols

import (
	"encoding/binary"
	"strings"
)

// The encoding of a summary decides how much disk a cache takes, so it says
// each thing once. After the version byte come varints for all symbols, then all
// text; a name is usually a place in its own signature.
//
//	version      1 byte
//	symbols      count << 1 | truncated
//	numbers      length in bytes of what follows up to the text
//	per symbol:
//	  head       1 byte: kind | visibility << 5 | more << 7
//	  flags      only if more: 1 byte: flags | hasLabel, hasContainer, wide
//	  parent     own index - parent, or 0
//	  signature  length
//	  name       place in the signature + 1, or 0: in the text; then its length
//	  container  if there is one, as the name
//	  label      if there is one: length; in the text
//	  range      line (difference to the symbol before), column;
//	             lines, then column or columns to its end
//	  selection  the same, start relative to that of the range
//	  columns in UTF-16, only if wide: difference to that in bytes, four times
//	text         per symbol: signature, name, container, label as far as they are in the text
//
// Differences that can be negative are zigzag varints.
const (
	// encodingVersion is the first byte of an encoded summary.
	encodingVersion = 1

	headMore     = 1 << 7 // in the head
	headKindBits = 5

	moreLabel     = 1 << 5 // in the byte of flags
	moreContainer = 1 << 6
	moreWide      = 1 << 7
)

// Encode returns s as bytes. Equal summaries have equal bytes. The summary must
// keep the promises of its type, as those of an Extractor do.
func Encode(s *Summary) []byte {
	e := encoder{
		numbers: make([]byte, 0, 16*len(s.Symbols)),
		text:    make([]byte, 0, 64*len(s.Symbols)),
	}
	line := uint32(0)
	for i := range s.Symbols {
		e.symbol(i, &s.Symbols[i], line)
		line = s.Symbols[i].Range.Start.Line
	}
	count := uint64(len(s.Symbols)) << 1
	if s.Truncated {
		count |= 1
	}
	out := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(e.numbers)+len(e.text))
	out = append(out, encodingVersion)
	out = binary.AppendUvarint(out, count)
	out = binary.AppendUvarint(out, uint64(len(e.numbers)))
	out = append(out, e.numbers...)
	return append(out, e.text...)
}

type encoder struct{ numbers, text []byte }

func (e *encoder) symbol(i int, s *Symbol, line uint32) {
	more := byte(s.Flags)
	if s.Label != "" {
		more |= moreLabel
	}
	if s.Container != "" {
		more |= moreContainer
	}
	if isWide(s) {
		more |= moreWide
	}
	head := byte(s.Kind) | byte(s.Visibility)<<headKindBits
	if more != 0 {
		e.numbers = append(e.numbers, head|headMore, more)
	} else {
		e.numbers = append(e.numbers, head)
	}
	if s.Parent < 0 {
		e.number(0)
	} else {
		e.number(uint32(i - s.Parent))
	}
	e.number(uint32(len(s.Signature)))
	e.text = append(e.text, s.Signature...)
	e.part(s.Name, s.Signature)
	if s.Container != "" {
		e.part(s.Container, s.Signature)
	}
	if s.Label != "" {
		e.number(uint32(len(s.Label)))
		e.text = append(e.text, s.Label...)
	}
	e.difference(s.Range.Start.Line, line)
	e.number(s.Range.Start.Byte)
	e.end(s.Range)
	e.number(s.Selection.Start.Line - s.Range.Start.Line)
	e.difference(s.Selection.Start.Byte, s.Range.Start.Byte)
	e.end(s.Selection)
	if more&moreWide != 0 {
		for _, p := range positions(s) {
			e.difference(p.UTF16, p.Byte)
		}
	}
}

// part writes a text that may stand in the signature.
func (e *encoder) part(text, signature string) {
	at := strings.Index(signature, text)
	e.number(uint32(at + 1))
	e.number(uint32(len(text)))
	if at < 0 {
		e.text = append(e.text, text...)
	}
}

func (e *encoder) end(r Range) {
	e.number(r.End.Line - r.Start.Line)
	if r.End.Line == r.Start.Line {
		e.number(r.End.Byte - r.Start.Byte)
	} else {
		e.number(r.End.Byte)
	}
}

func (e *encoder) number(n uint32) { e.numbers = binary.AppendUvarint(e.numbers, uint64(n)) }

func (e *encoder) difference(n, from uint32) {
	e.numbers = binary.AppendVarint(e.numbers, int64(n)-int64(from))
}

func positions(s *Symbol) [4]Position {
	return [...]Position{s.Range.Start, s.Range.End, s.Selection.Start, s.Selection.End}
}

// isWide tells whether a column differs between bytes and UTF-16.
func isWide(s *Symbol) bool {
	for _, p := range positions(s) {
		if p.UTF16 != p.Byte {
			return true
		}
	}
	return false
}
