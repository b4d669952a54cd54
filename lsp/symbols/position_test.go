package symbols

import (
	"strings"
	"testing"
	"time"
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

// Places far inside of a line are the same.
func TestPositionsInLongLines(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"aé", "世", "\U0001F600b", "\xff\xf0\x9f", "a\r\né" + strings.Repeat("世\xe4", 2000)} {
		text := strings.Repeat(piece, 1+5*markDistance/len(piece))
		table := newLineTable([]byte(text))
		for offset := 0; offset <= len(text); offset += 1 + offset%7 {
			if got, want := table.position(uint32(offset)), plainPosition(text, offset); got != want {
				t.Fatalf("%.10q... at %d: %+v, want %+v", text, offset, got, want)
			}
		}
	}
}

// A program on one line takes no longer than on many.
func TestPositionsOnOneLineAreFast(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("é=1,", 2<<20/5))
	table := newLineTable(text)
	start := time.Now()
	for offset := 0; offset < len(text); offset += 8 {
		table.position(uint32(offset))
	}
	if took := time.Since(start); took > hang {
		t.Error(took)
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
