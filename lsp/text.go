package lsp

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// encoding is the unit of columns: UTF-16 code units, or bytes.
type encoding = protocol.PositionEncodingKind

// position converts a place in a content.
func position(p symbols.Position, enc encoding) protocol.Position {
	if enc == protocol.PositionEncodingKindUTF8 {
		return protocol.Position{Line: p.Line, Character: p.Byte}
	}
	return protocol.Position{Line: p.Line, Character: p.UTF16}
}

func textRange(r symbols.Range, enc encoding) protocol.Range {
	return protocol.Range{Start: position(r.Start, enc), End: position(r.End, enc)}
}

// applyChanges returns the text after the changes, which follow one another.
// Positions past the end of a line or of the text mean that end, as LSP has it.
func applyChanges(text []byte, changes []protocol.TextDocumentContentChangeEvent, enc encoding) ([]byte, error) {
	for _, change := range changes {
		switch c := change.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			text = []byte(c.Text)
		case *protocol.TextDocumentContentChangePartial:
			start, end := offset(text, c.Range.Start, enc), offset(text, c.Range.End, enc)
			if start > end {
				start, end = end, start
			}
			text = slices.Concat(text[:start], []byte(c.Text), text[end:])
		default:
			return nil, fmt.Errorf("content change of unknown form %T", change)
		}
	}
	return text, nil
}

// offset returns the byte offset of a position.
func offset(text []byte, p protocol.Position, enc encoding) int {
	start := lineStart(text, p.Line)
	line := text[start:]
	if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
		line = line[:end]
	}
	if enc == protocol.PositionEncodingKindUTF8 {
		column := min(int64(p.Character), int64(len(line)))
		for column > 0 && column < int64(len(line)) && !utf8.RuneStart(line[column]) {
			column-- // inside a character: its start
		}
		return start + int(column)
	}
	units, at := uint32(0), 0
	for at < len(line) && units < p.Character {
		r, size := utf8.DecodeRune(line[at:])
		if units++; r > 0xffff {
			if units++; units > p.Character {
				break // between the surrogates: the start of the character
			}
		}
		at += size
	}
	return start + at
}

// lineStart returns the byte offset at which a 0-based line begins, or the
// length of the text when it has fewer lines.
func lineStart(text []byte, line uint32) int {
	at := 0
	for ; line > 0; line-- {
		end := lineEnd(text[at:])
		if end < 0 {
			return len(text)
		}
		at += end
	}
	return at
}

// lineEnd returns the length of the first line with its terminator, one of
// "\n", "\r\n" and "\r", or -1 when it has none.
func lineEnd(text []byte) int {
	lf := bytes.IndexByte(text, '\n')
	line := text
	if lf >= 0 {
		line = text[:lf]
	}
	cr := bytes.IndexByte(line, '\r')
	switch {
	case cr >= 0 && (lf < 0 || cr < lf-1):
		return cr + 1
	case lf >= 0:
		return lf + 1
	}
	return -1
}
