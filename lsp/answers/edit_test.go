package answers

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.lsp.dev/protocol"
)

// insertions are n changes that put a letter at lines of a text.
func insertions(n int, line func(i int) int) []Change {
	letter := "x"
	changes := make([]Change, n)
	for i := range changes {
		at := protocol.Position{Line: uint32(line(i))}
		changes[i] = Change{Text: &letter, Range: &protocol.Range{Start: at, End: at}}
	}
	return changes
}

// A million changes in one message cost what they move, and no more than the bound: the
// read loop applies them. It counts work and not time, which says little on a busy machine.
func TestMillionChangesAreBounded(t *testing.T) {
	t.Parallel()
	const lines = 50_000
	text := []byte(strings.Repeat("some words here\n", lines))
	const n = 1_000_000
	for name, line := range map[string]func(i int) int{
		"forward":   func(i int) int { return i * lines / n },
		"backward":  func(i int) int { return (n - i) * lines / n },
		"one place": func(int) int { return lines / 2 },
	} {
		e := newEditing(text, utf16Columns)
		for _, c := range insertions(n, line) {
			e.replace(*c.Range, *c.Text)
		}
		if got := len(e.text()); got != len(text)+n {
			t.Errorf("%s: %d bytes, want %d", name, got, len(text)+n)
		}
		if e.work > maxEditWork/4 {
			t.Errorf("%s: %d MB looked at or moved", name, e.work>>20)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	if _, err := applyChanges(text, insertions(n, func(int) int { return random.IntN(lines) }), utf16Columns); !errors.Is(err, errTooMuchWork) {
		t.Errorf("in random order: %v", err)
	}
}

// referenceChange edits a text by a change that is not of the whole.
func referenceChange(text string, r protocol.Range, with string, enc Encoding) string {
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
		for _, enc := range []Encoding{utf8Columns, utf16Columns} {
			want := text
			var changes []Change
			for range 1 + random.IntN(4) {
				r := protocol.Range{Start: randomPosition(random, want), End: randomPosition(random, want)}
				want = referenceChange(want, r, with, enc)
				changes = append(changes, Change{Range: &r, Text: &with})
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

// TestWholeChange: a change of the whole text may stand anywhere among others.
func TestWholeChange(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	at := protocol.Position{Line: 0, Character: 1}
	got, err := applyChanges([]byte("abc"), []Change{
		{Range: &protocol.Range{Start: at, End: at}, Text: text("lost")},
		{Text: text("xyz")},
		{Range: &protocol.Range{Start: at, End: at}, Text: text("-")},
	}, utf16Columns)
	if err != nil || string(got) != "x-yz" {
		t.Errorf("%q, %v, want x-yz", got, err)
	}
	if _, err := applyChanges(nil, []Change{{}}, utf16Columns); err == nil {
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
		var changes []Change
		for line := range uint32(100) {
			line *= 650
			changes = append(changes, Change{Text: &with, Range: &protocol.Range{
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
