package answers

import (
	"testing"
	"unicode/utf16"

	"go.lsp.dev/protocol"
)

const (
	utf8Columns  = protocol.PositionEncodingKindUTF8
	utf16Columns = protocol.PositionEncodingKindUTF16
)

// referenceOffset is offset as slow and plain as can be: it goes through the
// characters from the beginning and notes line and column of each.
func referenceOffset(text string, p protocol.Position, enc Encoding) int {
	line, column := uint32(0), uint32(0)
	runes := []rune(text)
	at := 0
	for i, r := range runes {
		isEnd := r == '\n' || r == '\r'
		width := uint32(len(string(r)))
		if enc == utf16Columns {
			width = uint32(len(utf16.Encode([]rune{r})))
		}
		if line == p.Line && (isEnd || p.Character < column+width) {
			return at // on or inside of this character, or past the line's end
		}
		at += len(string(r))
		column += width
		if isEnd && !(r == '\r' && i+1 < len(runes) && runes[i+1] == '\n') {
			line, column = line+1, 0
		}
	}
	return at
}

// P2: a place inside of a character means its begin, and one past the
// end of a line its end, in front of the line end.
func TestOffsetStaysInItsLine(t *testing.T) {
	t.Parallel()
	const text = "a😀é\r\nb\rc" // offsets: a 0, 😀 1, é 5, CR LF 7, b 9, CR 10, c 11
	type place struct{ line, character uint32 }
	for _, test := range []struct {
		enc    Encoding
		places map[place]int
	}{
		{utf16Columns, map[place]int{
			{0, 0}: 0, {0, 1}: 1, {0, 2}: 1, {0, 3}: 5, {0, 4}: 7, {0, 5}: 7, {0, 1<<32 - 1}: 7,
			{1, 0}: 9, {1, 1}: 10, {1, 2}: 10, {2, 0}: 11, {2, 1}: 12, {2, 9}: 12, {3, 0}: 12, {1<<32 - 1, 5}: 12,
		}},
		{utf8Columns, map[place]int{
			{0, 0}: 0, {0, 1}: 1, {0, 2}: 1, {0, 3}: 1, {0, 4}: 1, {0, 5}: 5, {0, 6}: 5, {0, 7}: 7, {0, 8}: 7, {0, 1<<32 - 1}: 7,
			{1, 0}: 9, {1, 2}: 10, {2, 1}: 12, {3, 0}: 12,
		}},
	} {
		for p, want := range test.places {
			position := protocol.Position{Line: p.line, Character: p.character}
			if got := offset([]byte(text), position, test.enc); got != want {
				t.Errorf("%s %v: offset %d, want %d", test.enc, p, got, want)
			}
			if got := referenceOffset(text, position, test.enc); got != want {
				t.Errorf("the reference, %s %v: offset %d, want %d", test.enc, p, got, want)
			}
		}
	}
}
