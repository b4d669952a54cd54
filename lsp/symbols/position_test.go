package symbols

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// TestPositions compares with the plainest implementation, over texts made of all
// that is odd about lines and columns.
func TestPositions(t *testing.T) {
	t.Parallel()
	pieces := []string{"a", "\n", "\r\n", "\r", "\t", "é", "e\u0301", "世", "\U0001F600", "\xff", "\x00"}
	for i := range 2000 {
		var b strings.Builder
		for n := i; n > 0; n /= len(pieces) {
			b.WriteString(pieces[n%len(pieces)])
		}
		text := b.String()
		table := newLineTable([]byte(text))
		for offset := range len(text) + 1 {
			if got, want := table.position(uint32(offset)), plainPosition(text, offset); got != want {
				t.Fatalf("%q at %d: %+v, want %+v", text, offset, got, want)
			}
		}
	}
}

func plainPosition(text string, offset int) Position {
	var p Position
	start := 0
	for i := range offset {
		if text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			p.Line++
			start = i + 1
		}
	}
	p.Byte = uint32(offset - start)
	p.UTF16 = uint32(len(utf16.Encode([]rune(text[start:offset]))))
	return p
}
