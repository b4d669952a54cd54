package index

import (
	"encoding/binary"
	"strings"

	"github.com/symcache/symcache/lsp/symbols"
)

// The detail of a symbol is what only an answer needs: its two ranges, its label
// and, in a base, its flags. It lies beside the rows as a run of
// varints, 6 to 10 bytes for most symbols where plain integers would take 48:
//
//	head       1 byte: the bits below
//	range      start line, start column, lines to the end (not if headOneLine),
//	           end column
//	selection  if headPlain: columns from the range's start; else lines from the
//	           range's start, start column, lines to the end, columns to the end
//	           (same line) or end column
//	utf-16     the four columns again, if headUTF16
//	label      number of the text before the name and, if headAffixes, of the
//	           one after it
//	flags      if headFlags
//
// A label mostly decorates the name, as "(*Kubelet).Run" does, so its affixes
// are interned: all methods of one type share them. Differences wrap around in
// 32 bits, so even ranges that run backwards come out as they went in.
const (
	headUTF16   = 1 << iota // columns in UTF-16 differ from those in bytes
	headLabel               // there is a label other than the name
	headAffixes             // the label is prefix + name + suffix
	headOneLine             // the range ends on the line where it starts
	headPlain               // the selection is as long as the name, on the range's first line
	headFlags               // there are flags
)

// detail is the decoded form. The label is given as two texts.
type detail struct {
	rng, selection symbols.Range
	labelled       bool
	affixes        bool
	prefix, suffix uint32
	flags          symbols.Flags
}

// labelOf splits a label around the name that it decorates.
func labelOf(label, name string, affixes *interner) (d detail) {
	if label == "" || label == name {
		return d
	}
	d.labelled = true
	// The last occurrence: in "(*Run).Run" the receiver comes first.
	if at := strings.LastIndex(label, name); at >= 0 {
		d.affixes = true
		d.prefix, _ = affixes.intern(label[:at])
		d.suffix, _ = affixes.intern(label[at+len(name):])
	} else {
		d.prefix, _ = affixes.intern(label)
	}
	return d
}

// label is the inverse of labelOf.
func (d *detail) label(name string, affixes textList) string {
	switch {
	case !d.labelled:
		return name
	case d.affixes:
		return string(affixes.at(d.prefix)) + name + string(affixes.at(d.suffix))
	default:
		return string(affixes.at(d.prefix))
	}
}

// textList is texts, be they in memory or in a base.
type textList interface{ at(i uint32) []byte }

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
	set(headLabel, d.labelled)
	set(headAffixes, d.affixes)
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
	if d.labelled {
		put(d.prefix)
	}
	if d.affixes {
		put(d.suffix)
	}
	if d.flags != 0 {
		b = append(b, byte(d.flags))
	}
	return b
}

// readDetail decodes what appendDetail wrote at the start of b. Bytes that it did
// not write give anything, or a panic for an index out of range.
func readDetail(b []byte, nameLen int) (d detail) {
	head := b[0]
	b = b[1:]
	get := func() uint32 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return uint32(v)
	}

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
	if d.labelled = head&headLabel != 0; d.labelled {
		d.prefix = get()
	}
	if d.affixes = head&headAffixes != 0; d.affixes {
		d.suffix = get()
	}
	if head&headFlags != 0 {
		d.flags = symbols.Flags(b[0])
	}
	return d
}
