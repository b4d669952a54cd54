package index

import (
	"encoding/binary"

	"github.com/symcache/symcache/lsp/symbols"
)

// The detail of a symbol is what only an answer needs: its two ranges and its flags. It
// lies beside the rows as a run of varints, 6 to 10 bytes for most symbols where plain
// integers would take 48:
//
//	head       1 byte: the bits below
//	range      start line, start column, lines to the end (not if headOneLine),
//	           end column
//	selection  if headPlain: columns from the range's start; else lines from the
//	           range's start, start column, lines to the end, columns to the end
//	           (same line) or end column
//	utf-16     the four columns again, if headUTF16
//	flags      if headFlags: a varint, so that there is room for more of them
//
// Differences wrap around in 32 bits, so even ranges that run backwards come out as
// they went in. It is the same in memory and in a file.
const (
	headUTF16   = 1 << iota // columns in UTF-16 differ from those in bytes
	headOneLine             // the range ends on the line where it starts
	headPlain               // the selection is as long as the name, on the range's first line
	headFlags               // there are flags
)

// maxDetail is the most bytes that a detail can have: a head and 14 varints.
const maxDetail = 1 + 14*binary.MaxVarintLen32

// detail is the decoded form.
type detail struct {
	rng, selection symbols.Range
	flags          symbols.Flags
}

// appendDetail encodes the detail of a symbol whose name has nameLen bytes.
func appendDetail(b []byte, d *detail, nameLen int) []byte {
	ends := [4]symbols.Position{d.rng.Start, d.rng.End, d.selection.Start, d.selection.End}
	head := byte(0)
	for _, p := range ends {
		if p.UTF16 != p.Byte {
			head |= headUTF16
		}
	}
	set := func(bit byte, is bool) {
		if is {
			head |= bit
		}
	}
	set(headOneLine, ends[1].Line == ends[0].Line)
	set(headPlain, ends[2].Line == ends[0].Line && ends[3].Line == ends[2].Line &&
		ends[3].Byte-ends[2].Byte == uint32(nameLen))
	set(headFlags, d.flags != 0)
	put := func(v uint32) { b = binary.AppendUvarint(b, uint64(v)) }

	b = append(b, head)
	put(ends[0].Line)
	put(ends[0].Byte)
	if head&headOneLine == 0 {
		put(ends[1].Line - ends[0].Line)
	}
	put(ends[1].Byte)
	if head&headPlain != 0 {
		put(ends[2].Byte - ends[0].Byte)
	} else {
		put(ends[2].Line - ends[0].Line)
		put(ends[2].Byte)
		put(ends[3].Line - ends[2].Line)
		if ends[3].Line == ends[2].Line {
			put(ends[3].Byte - ends[2].Byte)
		} else {
			put(ends[3].Byte)
		}
	}
	if head&headUTF16 != 0 {
		for _, p := range ends {
			put(p.UTF16)
		}
	}
	if d.flags != 0 {
		put(uint32(d.flags))
	}
	return b
}

// readDetail decodes what appendDetail wrote at the start of b. It aborts where b ends
// too early; other bytes that appendDetail did not write give anything.
func readDetail(b []byte, nameLen int) (d detail) {
	if len(b) == 0 {
		abort(misplaced("a detail in no bytes"))
	}
	head := b[0]
	r := varReader{left: b[1:]}
	get := func() uint32 { return uint32(r.number()) }

	var ends [4]symbols.Position
	ends[0] = symbols.Position{Line: get(), Byte: get()}
	ends[1].Line = ends[0].Line
	if head&headOneLine == 0 {
		ends[1].Line += get()
	}
	ends[1].Byte = get()
	if head&headPlain != 0 {
		start := ends[0].Byte + get()
		ends[2] = symbols.Position{Line: ends[0].Line, Byte: start}
		ends[3] = symbols.Position{Line: ends[0].Line, Byte: start + uint32(nameLen)}
	} else {
		ends[2] = symbols.Position{Line: ends[0].Line + get(), Byte: get()}
		ends[3] = symbols.Position{Line: ends[2].Line + get(), Byte: get()}
		if ends[3].Line == ends[2].Line {
			ends[3].Byte += ends[2].Byte
		}
	}
	for i := range ends {
		ends[i].UTF16 = ends[i].Byte
		if head&headUTF16 != 0 {
			ends[i].UTF16 = get()
		}
	}
	d.rng = symbols.Range{Start: ends[0], End: ends[1]}
	d.selection = symbols.Range{Start: ends[2], End: ends[3]}
	if head&headFlags != 0 {
		d.flags = symbols.Flags(get())
	}
	if r.bad {
		abort(misplaced("a detail that ends early"))
	}
	return d
}
