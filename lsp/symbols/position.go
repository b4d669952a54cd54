package symbols

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// lineTable turns byte offsets of a text into positions.
type lineTable struct {
	text   []byte
	starts []uint32 // offset of the first byte of each line, ascending, [0] == 0
	ascii  bool     // all of text is ASCII: columns are the same in any encoding
	marks  []mark   // in order, nil so far: nobody has asked for a place far inside of a line
}

// mark is a place between two characters, and how many UTF-16 code units are before it.
type mark struct{ offset, units uint32 }

// markDistance is how far marks are apart, in bytes, and how far inside of a line they are
// used: hardly a line of people is longer, but all of a program may stand on one.
const markDistance = 1 << 10

func newLineTable(text []byte) *lineTable {
	t := &lineTable{text: text, ascii: IsASCII(text)}
	t.starts = make([]uint32, 1, 1+len(text)/32)
	if bytes.IndexByte(text, '\r') < 0 {
		for i := 0; ; {
			n := bytes.IndexByte(text[i:], '\n')
			if n < 0 {
				return t
			}
			i += n + 1
			t.starts = append(t.starts, uint32(i))
		}
	}
	for i, c := range text {
		if c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			t.starts = append(t.starts, uint32(i)+1)
		}
	}
	return t
}

// line returns the number of the line that holds offset, from 0.
func (t *lineTable) line(offset uint32) int {
	return sort.Search(len(t.starts), func(i int) bool { return t.starts[i] > offset }) - 1
}

func (t *lineTable) position(offset uint32) Position { return t.at(t.line(offset), offset) }

// at returns the position of an offset on a line.
func (t *lineTable) at(line int, offset uint32) Position {
	column := offset - t.starts[line]
	p := Position{Line: uint32(line), Byte: column, UTF16: column}
	switch start := t.starts[line]; {
	case t.ascii:
	case column <= markDistance:
		p.UTF16 = utf16Length(t.text[start:offset])
	default:
		p.UTF16 = t.units(offset) - t.units(start)
	}
	return p
}

// units counts the UTF-16 code units before an offset.
func (t *lineTable) units(offset uint32) uint32 {
	if t.marks == nil {
		t.mark()
	}
	m := t.marks[sort.Search(len(t.marks), func(i int) bool { return t.marks[i].offset > offset })-1]
	return m.units + utf16Length(t.text[m.offset:offset])
}

func (t *lineTable) mark() {
	t.marks = make([]mark, 1, 1+len(t.text)/markDistance)
	for last := t.marks[0]; ; t.marks = append(t.marks, last) {
		end := int(last.offset) + markDistance
		if end >= len(t.text) {
			return
		}
		for i := int(last.offset); i < end; {
			_, size := utf8.DecodeRune(t.text[i:])
			i += size
			last.offset = uint32(i)
		}
		before := t.marks[len(t.marks)-1]
		last.units = before.units + utf16Length(t.text[before.offset:last.offset])
	}
}

// lineCursor tells the positions of offsets that come in order, without a search for each.
type lineCursor struct {
	*lineTable
	line int
}

func (c *lineCursor) next(offset uint32) Position {
	for c.line+1 < len(c.starts) && c.starts[c.line+1] <= offset {
		c.line++
	}
	return c.at(c.line, offset)
}

// utf16Length counts UTF-16 code units; an invalid byte is one, as U+FFFD is.
func utf16Length(b []byte) uint32 {
	n := uint32(0)
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i += size
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// IsASCII reports whether a text has ASCII characters alone, so that each takes one byte.
func IsASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
