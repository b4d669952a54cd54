package answers

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"go.lsp.dev/protocol"
)

// maxEditWork bounds the bytes that the changes of one message may make the read loop look
// at or move, about 2 s of it. Formatting a file of 1 MB is ten thousand changes in the
// order of their lines, which move 2 MB; a million changes in random order would take
// minutes, in which nothing else is read.
const maxEditWork = 2 << 30

// errTooMuchWork is the error of changes above that.
var errTooMuchWork = fmt.Errorf("its changes move more than %d GiB of text", maxEditWork>>30)

// Change is an edit of a document, as LSP has it.
type Change struct {
	Range *protocol.Range `json:"range"` // nil: of the whole text
	Text  *string         `json:"text"`
}

func (c Change) isWhole() bool { return c.Range == nil }

// applyChanges returns the text after the changes, which follow one another.
// Positions past the end of a line or of the text mean that end, as LSP has it.
func applyChanges(text []byte, changes []Change, enc Encoding) ([]byte, error) {
	e := newEditing(text, enc)
	for _, c := range changes {
		switch {
		case c.Text == nil:
			return nil, errors.New("content change without a text")
		case c.isWhole():
			work := e.work + len(*c.Text)
			e = newEditing([]byte(*c.Text), enc)
			e.work = work
		default:
			e.replace(*c.Range, *c.Text)
		}
		if e.work > maxEditWork {
			return nil, errTooMuchWork
		}
	}
	return e.text(), nil
}

// editing is a text with a gap at the last edit, so that edits near each other move few
// bytes. With the gap at the beginning of line 1:
//
//	a b c \n . . . . . d e \n f
//	         ^ from    ^ to
//
// Between two edits the gap is at the beginning of a line.
type editing struct {
	enc      Encoding
	buf      []byte // the text, with a gap in it
	from, to int    // of the gap
	line     uint32 // that begins at the gap
	work     int    // bytes looked at or moved
}

// newEditing returns a text to edit. The text itself is not changed.
func newEditing(text []byte, enc Encoding) *editing {
	buf := make([]byte, len(text)+1<<10)
	to := len(buf) - len(text)
	copy(buf[to:], text)
	return &editing{enc: enc, buf: buf, to: to}
}

// text returns the text as edited.
func (e *editing) text() []byte { return slices.Concat(e.buf[:e.from], e.buf[e.to:]) }

// replace puts a text in the place of a range.
func (e *editing) replace(r protocol.Range, with string) {
	e.goTo(min(r.Start.Line, r.End.Line))
	start, end := e.offset(r.Start), e.offset(r.End)
	start, end = min(start, end), max(start, end)

	// The gap stays at the beginning of the line: what is before the edit moves to where
	// the new text ends at the place of the old one.
	e.grow(max(0, len(with)-(end-start)))
	to := e.to + end - start - len(with)
	copy(e.buf[to:], e.buf[e.to:e.to+start])
	copy(e.buf[to+start:], with)
	e.to = to
	e.work += start + len(with)
	e.pastLineEnd()
}

// goTo moves the gap to the beginning of a line, or of the last one.
func (e *editing) goTo(line uint32) {
	if line < e.line {
		e.back(line)
		return
	}
	after, at := e.buf[e.to:], 0
	for e.line < line {
		next := nextLine(after, at)
		if next < 0 {
			e.work += len(after) - at
			break
		}
		at = next
		e.line++
	}
	e.work += 2 * at
	copy(e.buf[e.from:], after[:at])
	e.from, e.to = e.from+at, e.to+at
}

// back moves the gap to the beginning of an earlier line.
func (e *editing) back(line uint32) {
	at := e.from
	for ; e.line > line; e.line-- {
		end := at - 1 // of the line before, in front of its "\n" or "\r"
		if end > 0 && e.buf[end] == '\n' && e.buf[end-1] == '\r' {
			end--
		}
		at = bytes.LastIndexAny(e.buf[:end], "\r\n") + 1
	}
	n := e.from - at
	e.work += 2 * n
	copy(e.buf[e.to-n:], e.buf[at:e.from])
	e.from, e.to = at, e.to-n
}

// pastLineEnd moves the gap out of a line end that an edit has made of the "\r" before the
// gap and a "\n" after it.
func (e *editing) pastLineEnd() {
	if e.from > 0 && e.buf[e.from-1] == '\r' && e.to < len(e.buf) && e.buf[e.to] == '\n' {
		e.buf[e.from] = '\n'
		e.from++
		e.to++
	}
}

// grow makes the gap at least n bytes long.
func (e *editing) grow(n int) {
	if e.to-e.from >= n {
		return
	}
	after := e.buf[e.to:]
	next := make([]byte, 2*len(e.buf)+n)
	copy(next, e.buf[:e.from])
	to := len(next) - len(after)
	copy(next[to:], after)
	e.work += e.from + len(after)
	e.buf, e.to = next, to
}

// offset returns the offset of a position that is not before the gap, from the gap on.
func (e *editing) offset(p protocol.Position) int {
	after, at := e.buf[e.to:], 0
	for line := e.line; line < p.Line; line++ {
		next := nextLine(after, at)
		if next < 0 {
			e.work += len(after)
			return len(after)
		}
		at = next
	}
	// No character has more than 4 bytes: what lies beyond decides nothing.
	near := after[:min(int64(len(after)), int64(at)+4*int64(p.Character)+4)]
	end := endOfLine(near, at)
	e.work += end
	return at + columnOffset(near[at:end], p.Character, e.enc)
}

// nextLine returns the beginning of the line after the one that an offset is in, or -1 when
// that is the last one.
func nextLine(text []byte, at int) int {
	end := endOfLine(text, at)
	switch {
	case end == len(text):
		return -1
	case text[end] == '\r' && end+1 < len(text) && text[end+1] == '\n':
		return end + 2
	}
	return end + 1
}

// endOfLine returns the offset of the first line end from an offset on, or the length of the
// text.
func endOfLine(text []byte, at int) int {
	for ; at < len(text); at++ {
		if c := text[at]; c == '\n' || c == '\r' {
			return at
		}
	}
	return at
}
