package symbols

import "encoding/binary"

// The section of defines is
//
//	count
//	per define, in the order of the text:
//	  head       lines from the define before << 3 | the bits below
//	  place      if defineMoved: start column; lines and columns from there to the name
//	  shared     bytes that the name has in common with the one before
//	  rest       length in bytes of what follows
//	             the rest of the name
//	  end        columns behind the name; if defineLong: lines, difference of columns
//	  columns    in UTF-16, only if defineWide: difference to that in bytes, four times
//
// All numbers are varints, as in the rest of a summary. A selection is as long as the name.
const (
	defineMoved = 1 << iota // it does not begin its line with "#define "
	defineLong              // it ends on a later line than its name
	defineWide              // columns in UTF-16 differ from those in bytes
	defineLines = iota      // from this bit on: lines

	// defineColumn is where a name stands behind "#define ".
	defineColumn = 8

	// minDefineSize is the least that a define takes, in bytes: head, end, shared, rest.
	minDefineSize = 4
)

// encodeDefines returns the content of the section, nil if there are no defines.
func encodeDefines(defines []Define) []byte {
	if len(defines) == 0 {
		return nil
	}
	e := encoder{numbers: make([]byte, 0, 16*len(defines))}
	e.number(uint32(len(defines)))
	line, before := uint32(0), ""
	for i := range defines {
		d := &defines[i]
		start, name, end := d.Range.Start, d.Selection.Start, d.Range.End
		places := Symbol{Range: d.Range, Selection: d.Selection}
		head := uint64(start.Line-line) << defineLines
		if start.Byte != 0 || name.Line != start.Line || name.Byte != defineColumn {
			head |= defineMoved
		}
		if end.Line != name.Line {
			head |= defineLong
		}
		if isWide(&places) {
			head |= defineWide
		}
		e.numbers = binary.AppendUvarint(e.numbers, head)
		if head&defineMoved != 0 {
			e.number(start.Byte)
			e.position(name, start)
		}
		shared := 0
		for shared < min(len(d.Name), len(before)) && d.Name[shared] == before[shared] {
			shared++
		}
		e.number(uint32(shared))
		e.number(uint32(len(d.Name) - shared))
		e.numbers = append(e.numbers, d.Name[shared:]...)
		if head&defineLong != 0 {
			e.position(end, d.Selection.End)
		} else {
			e.number(end.Byte - d.Selection.End.Byte)
		}
		if head&defineWide != 0 {
			for _, p := range positions(&places) {
				e.difference(p.UTF16, p.Byte)
			}
		}
		line, before = start.Line, d.Name
	}
	return e.numbers
}

// defines is the inverse of encodeDefines.
func (d *decoder) defines() []Define {
	count := d.uvarint()
	if d.bad || count == 0 || count > min(MaxDefines, uint64(len(d.numbers)/minDefineSize)) {
		d.bad = true
		return nil
	}
	defines := make([]Define, count)
	line, name := uint32(0), []byte(nil)
	for i := range defines {
		head := d.uvarint()
		start := Position{Line: d.sum(line, head>>defineLines)}
		at := Position{Line: start.Line, Byte: defineColumn}
		if head&defineMoved != 0 {
			start.Byte = d.number()
			at = d.position(start)
		}
		shared, rest := d.uvarint(), d.uvarint()
		if d.bad || shared > uint64(len(name)) || rest > MaxName || shared+rest > MaxName || shared+rest == 0 {
			d.bad = true
			return nil
		}
		name = append(name[:shared], d.bytes(rest)...)
		places := Symbol{
			Range:     Range{Start: start},
			Selection: Range{at, d.right(at, uint32(shared+rest))},
		}
		if head&defineLong != 0 {
			places.Range.End = d.position(places.Selection.End)
		} else {
			places.Range.End = d.right(places.Selection.End, d.number())
		}
		d.wide(&places, head&defineWide != 0)
		if d.bad || !places.valid() {
			d.bad = true
			return nil
		}
		defines[i] = Define{string(name), places.Range, places.Selection}
		line = start.Line
	}
	return defines
}
