package symbols

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// The encoding is described in the documentation of the package.
const (
	// encodingVersion is the first byte of an encoded summary. It changes when an older
	// decoder would misunderstand a newer encoding; a new section or flag does not.
	encodingVersion = 3

	headMore     = 1 << 7 // in the head
	headKindBits = 5

	moreLabel     = 1 << 0 // in the flags
	moreContainer = 1 << 1
	moreWide      = 1 << 2
	moreFlags     = 3 // from this bit on, the flags

	sectionTruncated = 1 // tags
	sectionErrors    = 2
	sectionDefines   = 4

	shapePlace = 1 << 0 // in the shape: parent and column are not as before
	shapeName  = 1 << 1 // the name is not the identifier where the one before was
	shapeStart = 2      // from this bit on, 2 bits of startAt
	shapeEnd   = 4      // from this bit on, 3 bits of endAt
)

// startAt tells where a selection starts. It is as long as the name, but with
// startGiven.
type startAt byte

const (
	startName   startAt = iota // as far into the range as the name into the signature
	startRange                 // where the range starts
	startColumn                // on the range's first line; columns to there
	startGiven                 // lines and difference of columns to there, the same from there to its end
)

// endAt tells where a range ends.
type endAt byte

const (
	endSelection endAt = iota // where the selection ends
	endSignature              // as far behind that as the signature goes on behind the name
	endSemicolon              // one byte further
	endColumn                 // on the same line; columns to there
	endBrace                  // further down, one column from where the range starts; lines to there
	endGiven                  // further down; lines and difference of columns to there
)

// Encode returns s as bytes, on average a twentieth of its source. Equal summaries
// have equal bytes. The summary must keep the promises of its type, as those of an
// Extractor do.
func Encode(s *Summary) []byte {
	e := encoder{
		numbers: make([]byte, 0, 8*len(s.Symbols)),
		text:    make([]byte, 0, 64*len(s.Symbols)),
		before:  firstExpectation(),
	}
	for i := range s.Symbols {
		e.symbol(i, &s.Symbols[i])
	}
	sections := appendSection(nil, sectionTruncated, encodeNumber(uint32(s.Truncated)))
	sections = appendSection(sections, sectionErrors, encodeNumber(s.SyntaxErrors))
	sections = appendSection(sections, sectionDefines, encodeDefines(s.Defines))
	count := uint64(len(s.Symbols)) << 1
	if len(sections) > 0 {
		count |= 1
	}
	out := make([]byte, 0, 1+4*binary.MaxVarintLen64+len(sections)+len(e.numbers)+len(e.text)/2)
	out = append(out, encodingVersion)
	out = binary.AppendUvarint(out, count)
	out = binary.AppendUvarint(out, uint64(len(e.numbers)))
	out = binary.AppendUvarint(out, uint64(len(e.text)))
	if len(sections) > 0 {
		out = binary.AppendUvarint(out, uint64(len(sections)))
		out = append(out, sections...)
	}
	out = append(out, e.numbers...)
	return compress(out, e.text)
}

// appendSection appends a section, none without content.
func appendSection(sections []byte, tag byte, content []byte) []byte {
	if len(content) == 0 {
		return sections
	}
	sections = binary.AppendUvarint(append(sections, tag), uint64(len(content)))
	return append(sections, content...)
}

// encodeNumber returns the content of a section of one number, nil for 0.
func encodeNumber(n uint32) []byte {
	if n == 0 {
		return nil
	}
	return binary.AppendUvarint(nil, uint64(n))
}

type encoder struct {
	numbers, text []byte
	before        expectation
}

// expectation is what a symbol is expected to share with the one before, or to
// differ little from.
type expectation struct {
	parent       int
	line, column uint32 // of its range's start
	name         uint32 // place in the signature + 1
}

func firstExpectation() expectation { return expectation{parent: -1, name: 1} }

// identifierAt returns the letters, digits, "_" and "$" that stand at a place of a
// signature.
func identifierAt(signature string, place uint32) string {
	if place == 0 {
		return ""
	}
	rest := signature[place-1:]
	for i := range len(rest) {
		c := rest[i]
		if c < utf8.RuneSelf && c != '_' && c != '$' && (c < '0' || c > '9') && (c|' ' < 'a' || c|' ' > 'z') {
			return rest[:i]
		}
	}
	return rest
}

func (e *encoder) symbol(i int, s *Symbol) {
	more := uint64(s.Flags) << moreFlags
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
		e.numbers = binary.AppendUvarint(append(e.numbers, head|headMore), more)
	} else {
		e.numbers = append(e.numbers, head)
	}

	name := placeOf(s.Name, s.Signature)
	start, end := startOf(s, name), endOf(s, name)
	shape := byte(start)<<shapeStart | byte(end)<<shapeEnd
	if s.Parent != e.before.parent || s.Range.Start.Byte != e.before.column {
		shape |= shapePlace
	}
	if name != e.before.name || s.Name != identifierAt(s.Signature, name) {
		shape |= shapeName
	}
	e.numbers = append(e.numbers, shape)

	if shape&shapePlace != 0 {
		up := 0
		if s.Parent >= 0 {
			up = i - s.Parent
		}
		e.number(uint32(up))
		e.number(s.Range.Start.Byte)
	}
	e.difference(s.Range.Start.Line, e.before.line)
	e.string(s.Signature)
	if shape&shapeName != 0 {
		e.part(s.Name, name)
	}
	if s.Container != "" {
		e.part(s.Container, placeOf(s.Container, s.Signature))
	}
	if s.Label != "" {
		e.string(s.Label)
	}
	e.start(s, start)
	e.end(s.Range.End, s.Selection.End, end)
	if more&moreWide != 0 {
		for _, p := range positions(s) {
			e.difference(p.UTF16, p.Byte)
		}
	}
	e.before = expectation{s.Parent, s.Range.Start.Line, s.Range.Start.Byte, name}
}

// placeOf returns where text stands in the signature, from 1, or 0.
func placeOf(text, signature string) uint32 { return uint32(strings.Index(signature, text) + 1) }

func startOf(s *Symbol, name uint32) startAt {
	at, from := s.Selection.Start, s.Range.Start
	switch {
	case at.Line != from.Line || s.Selection.End.Line != at.Line ||
		s.Selection.End.Byte-at.Byte != uint32(len(s.Name)):
		return startGiven
	case name != 0 && at.Byte-from.Byte == name-1:
		return startName
	case at.Byte == from.Byte:
		return startRange
	default:
		return startColumn
	}
}

func endOf(s *Symbol, name uint32) endAt {
	end, from := s.Range.End, s.Selection.End
	if end.Line != from.Line {
		if end.Byte == s.Range.Start.Byte+1 {
			return endBrace
		}
		return endGiven
	}
	columns := end.Byte - from.Byte
	switch {
	case columns == 0:
		return endSelection
	case name != 0 && columns == behind(s, name):
		return endSignature
	case name != 0 && columns == behind(s, name)+1:
		return endSemicolon
	default:
		return endColumn
	}
}

// behind returns the length of the signature behind the name.
func behind(s *Symbol, name uint32) uint32 {
	return uint32(len(s.Signature)-len(s.Name)) - (name - 1)
}

func (e *encoder) start(s *Symbol, how startAt) {
	switch how {
	case startColumn:
		e.number(s.Selection.Start.Byte - s.Range.Start.Byte)
	case startGiven:
		e.position(s.Selection.Start, s.Range.Start)
		e.position(s.Selection.End, s.Selection.Start)
	}
}

func (e *encoder) end(end, from Position, how endAt) {
	switch how {
	case endColumn:
		e.number(end.Byte - from.Byte)
	case endBrace:
		e.number(end.Line - from.Line)
	case endGiven:
		e.position(end, from)
	}
}

// part writes a text that stands at a place of the signature.
func (e *encoder) part(text string, place uint32) {
	e.number(place)
	if place == 0 {
		e.string(text)
	} else {
		e.number(uint32(len(text)))
	}
}

func (e *encoder) string(s string) {
	e.number(uint32(len(s)))
	e.text = append(e.text, s...)
}

// position writes p, which is on the line of from or further down.
func (e *encoder) position(p, from Position) {
	e.number(p.Line - from.Line)
	e.difference(p.Byte, from.Byte)
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
