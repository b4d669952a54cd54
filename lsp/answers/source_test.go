package answers

import (
	"bytes"
	"cmp"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/syntax"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// FuzzPositions: an offset's position is the offset again, in each encoding that we agree on,
// also for who counts in the plainest way.
func FuzzPositions(f *testing.F) {
	for _, text := range []string{"", "a\r\nb\rc\nd", "é€😀\n\te\u0301", "\r\r\n\n", "\xff\xe2\x82x", "\ufeffa\u2028b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd") // what a JSON decoder yields
		for _, enc := range []Encoding{utf8Columns, utf16Columns} {
			c := columns{text: []byte(text), enc: enc}
			for at, r := range text + "\n" {
				inCRLF := r == '\n' && at > 0 && at < len(text) && text[at-1] == '\r'
				p := c.to(at)
				if got, want := offset([]byte(text), p, enc), referenceOffset(text, p, enc); !inCRLF && (got != at || want != at) {
					t.Fatalf("%s: %q: offset %d is %v, which is offset %d, plainly %d", enc, text, at, p, got, want)
				}
			}
		}
	})
}

// FuzzSource: whatever the text and the place, answers are within the text: folds
// have two lines or more, selections contain each other, a name is a whole word.
func FuzzSource(f *testing.F) {
	f.Add("package a\n\n// F is.\nfunc F(\n\ta int,\n) {\n\tx()\n}\n", "go", uint32(3), uint32(6))
	f.Add("@d\nclass A:\n  '''doc\n  x'''\n  def f(self): pass\n", "python", uint32(1), uint32(7))
	f.Add("/** a\n * b */ export class C { m() {\r\n } }\r/*", "typescript", uint32(0), uint32(1))
	f.Add("/*x*/int é1(void){}//\n#define A(x) \\\n x\n", "c", uint32(0), uint32(9))
	engine := contents.NewEngine(contents.Config{})
	f.Fuzz(func(t *testing.T, text, id string, line, character uint32) {
		lang := symbols.ByID(id)
		if lang == nil || len(text) > 1<<12 {
			return
		}
		summary, err := engine.Summarize(context.Background(), lang, symbols.UnixLines([]byte(text)))
		if err != nil {
			t.Skip(err)
		}
		src := &source{uri: "untitled:1", lang: lang, text: []byte(text), summary: summary}
		tree, err := engine.Tree(context.Background(), lang, src.text)
		if err != nil {
			t.Fatal(err)
		}
		lines := textLines(src.text)
		for _, tree := range []*syntax.Tree{nil, tree} {
			seen := make(map[uint32]bool)
			for _, r := range foldingRanges(src, tree, MaxFoldingRanges) {
				if r.StartLine >= r.EndLine || int(r.EndLine) >= len(lines) || seen[r.StartLine] {
					t.Errorf("fold %+v of %d lines", r, len(lines))
				}
				seen[r.StartLine] = true
			}
		}
		for i := range summary.Symbols {
			if doc := docComment(src.text, lang, &summary.Symbols[i]); len(doc) > 4*maxDocComment || !utf8.ValidString(doc) {
				t.Errorf("doc comment %q", doc)
			}
		}
		for _, enc := range []Encoding{utf8Columns, utf16Columns} {
			p := protocol.Position{Line: line, Character: character}
			for _, tree := range []*syntax.Tree{nil, tree} {
				chain := newSelector(src, tree, enc).at(p)
				for at := &chain; at.Parent != nil; at = at.Parent {
					if isBefore(at.Range.Start, at.Parent.Range.Start) || isBefore(at.Parent.Range.End, at.Range.End) ||
						at.Range == at.Parent.Range || at.Range.Start == at.Range.End || isBefore(at.Range.End, at.Range.Start) {
						t.Errorf("%s: %v in %v", enc, at.Range, at.Parent.Range)
					}
				}
			}
			at := offset(src.text, p, enc)
			if start, end := identifierAt(src.text, at); start > at || end < at ||
				start < end && !bytes.Equal(src.text[start:end], bytes.Trim(src.text[start:end], " \t\r\n.(")) {
				t.Errorf("identifier %d-%d at %d", start, end, at)
			}
		}
	})
}

func comparePositions(a, b protocol.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Character, b.Character))
}

func isBefore(a, b protocol.Position) bool { return comparePositions(a, b) < 0 }
