package symbols

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// binaryWindow is how many bytes of a text are searched for a NUL byte, which tells a
// binary file. Git looks at as many.
const binaryWindow = 8000

// The byte order marks of the encodings that Text reads.
const (
	utf8Mark    = "\xEF\xBB\xBF"
	utf16LEMark = "\xFF\xFE"
	utf16BEMark = "\xFE\xFF"
)

// Text returns the text of a file as an editor holds it and as it is hashed and parsed,
// given the bytes on disk:
//
//   - UTF-16 with a byte order mark becomes UTF-8. Half a character (a lone surrogate,
//     an odd last byte) becomes U+FFFD.
//   - One byte order mark is removed.
//   - Line ends become "\n", see UnixLines.
//
// A Linux checkout, a Windows checkout and an editor's buffer of a file thus have one
// text and one hash. Lines and columns, all that a summary says of places, are the same
// in each of them.
//
// It is not ok for a binary file: there is a NUL in the first 8000 bytes of the text.
// Text leaves raw as it is and returns a part of it where no byte has to change.
func Text(raw []byte) (text []byte, ok bool) {
	switch {
	case bytes.HasPrefix(raw, []byte(utf16LEMark)):
		text = decodeUTF16(raw[len(utf16LEMark):], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte(utf16BEMark)):
		text = decodeUTF16(raw[len(utf16BEMark):], binary.BigEndian)
	default:
		text = bytes.TrimPrefix(raw, []byte(utf8Mark))
	}
	if bytes.IndexByte(text[:min(len(text), binaryWindow)], 0) >= 0 {
		return nil, false
	}
	return UnixLines(text), true
}

// UnixLines returns a text with "\n" in the place of "\r\n". It is for the text of an
// open document, from which the editor has already taken what Text takes from a file.
//
// A text in which a "\r" stands alone stays as it is: editors differ in whether that
// ends a line, so it must not get the key of a text without it. UnixLines leaves text as
// it is and returns text itself where no byte has to change.
func UnixLines(text []byte) []byte {
	first := bytes.IndexByte(text, '\r')
	if first < 0 {
		return text
	}
	ends := 0
	for at := first; ; {
		if at+1 == len(text) || text[at+1] != '\n' {
			return text
		}
		ends++
		next := bytes.IndexByte(text[at+1:], '\r')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	out := make([]byte, 0, len(text)-ends)
	for {
		end := bytes.IndexByte(text, '\r')
		if end < 0 {
			return append(out, text...)
		}
		out = append(out, text[:end]...)
		text = text[end+1:]
	}
}

// decodeUTF16 returns UTF-16 as UTF-8.
func decodeUTF16(raw []byte, order binary.ByteOrder) []byte {
	text := make([]byte, 0, len(raw)/2+len(raw)/8) // sources are ASCII for the most part
	for len(raw) >= 2 {
		r := rune(order.Uint16(raw))
		raw = raw[2:]
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if len(raw) >= 2 {
				low = rune(order.Uint16(raw))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				raw = raw[2:]
			}
		}
		text = utf8.AppendRune(text, r)
	}
	if len(raw) > 0 {
		text = utf8.AppendRune(text, utf8.RuneError)
	}
	return text
}
