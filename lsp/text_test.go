package lsp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"
)

const (
	utf8Columns  = protocol.PositionEncodingKindUTF8
	utf16Columns = protocol.PositionEncodingKindUTF16
)

// referenceOffset is offset as slow and plain as can be: it goes through the
// characters from the beginning and notes line and column of each.
func referenceOffset(text string, p protocol.Position, enc encoding) int {
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

// referenceChange edits a text by a change that is not of the whole.
func referenceChange(text string, r protocol.Range, with string, enc encoding) string {
	start, end := referenceOffset(text, r.Start, enc), referenceOffset(text, r.End, enc)
	if start > end {
		start, end = end, start
	}
	return text[:start] + with + text[end:]
}

// FuzzApplyChanges edits a text at random and compares with the reference.
func FuzzApplyChanges(f *testing.F) {
	for _, text := range []string{
		"", "a", "\n", "\r\n", "\r", "\n\r", "a\r\rb\r\nc\n\nd", "é€😀\n😀😀\r\n\te\u0301", "no end", "\ufeffpackage a\n", "\u2028\u0085\v\n",
	} {
		f.Add(text, "x", uint64(1))
		f.Add(text, "\r", uint64(2))
		f.Add(text, "\n😀", uint64(3))
	}
	f.Fuzz(func(t *testing.T, text, with string, seed uint64) {
		// What a JSON decoder yields is valid.
		text, with = strings.ToValidUTF8(text, "\ufffd"), strings.ToValidUTF8(with, "\ufffd")
		random := rand.New(rand.NewPCG(seed, 0))
		for _, enc := range []encoding{utf8Columns, utf16Columns} {
			want := text
			var changes []contentChange
			for range 1 + random.IntN(4) {
				r := protocol.Range{Start: randomPosition(random, want), End: randomPosition(random, want)}
				want = referenceChange(want, r, with, enc)
				changes = append(changes, contentChange{Range: &r, Text: &with})
			}
			original := []byte(text)
			got, err := applyChanges(original, changes, enc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%s: %q after %+v (-want +got):\n%s", enc, text, changes, diff)
			}
			if string(original) != text {
				t.Errorf("%s: the version before the changes was changed: %q, was %q", enc, original, text)
			}
		}
	})
}

// randomPosition is mostly in the text, sometimes past the end of a line or of
// the text.
func randomPosition(random *rand.Rand, text string) protocol.Position {
	lines := uint32(strings.Count(text, "\n") + strings.Count(text, "\r") + 2)
	p := protocol.Position{Line: random.Uint32N(lines + 1), Character: random.Uint32N(uint32(len(text)) + 3)}
	switch random.IntN(8) {
	case 0:
		p.Character = 1<<32 - 1
	case 1:
		p.Line = 1<<32 - 1
	case 2:
		p.Character = random.Uint32N(4)
	}
	return p
}

// TestP2Offset: a place inside of a character means its begin, and one past the
// end of a line its end, in front of the line end.
func TestP2Offset(t *testing.T) {
	t.Parallel()
	const text = "a😀é\r\nb\rc" // offsets: a 0, 😀 1, é 5, CR LF 7, b 9, CR 10, c 11
	type place struct{ line, character uint32 }
	for _, test := range []struct {
		enc    encoding
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

// TestWholeChange: a change of the whole text may stand anywhere among others.
func TestWholeChange(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	at := protocol.Position{Line: 0, Character: 1}
	got, err := applyChanges([]byte("abc"), []contentChange{
		{Range: &protocol.Range{Start: at, End: at}, Text: text("lost")},
		{Text: text("xyz")},
		{Range: &protocol.Range{Start: at, End: at}, Text: text("-")},
	}, utf16Columns)
	if err != nil || string(got) != "x-yz" {
		t.Errorf("%q, %v, want x-yz", got, err)
	}
	if _, err := applyChanges(nil, []contentChange{{}}, utf16Columns); err == nil {
		t.Error("a change without a text: no error")
	}
}

// TestLargeEdits: "replace all" is thousands of changes in one message, and some
// texts have but one kind of line end; neither may hold up the reading of messages.
func TestLargeEdits(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{"LF": "\n", "CR": "\r", "CRLF": "\r\n"} {
		text := bytes.Repeat([]byte("some words here"+end), 64<<10) // 1 MB
		with := "others"
		var changes []contentChange
		for line := range uint32(100) {
			line *= 650
			changes = append(changes, contentChange{Text: &with, Range: &protocol.Range{
				Start: protocol.Position{Line: line, Character: 5}, End: protocol.Position{Line: line, Character: 10},
			}})
		}
		begin := time.Now()
		got, err := applyChanges(text, changes, utf16Columns)
		if err != nil || bytes.Count(got, []byte(with)) != len(changes) {
			t.Errorf("%s: %d of %d changes, %v", name, bytes.Count(got, []byte(with)), len(changes), err)
		}
		// Quadratic in the lines it would be minutes.
		if took := time.Since(begin); took > patience/3 {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
