package lsp

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
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
		for _, enc := range []encoding{utf8Columns, utf16Columns} {
			w := walker{text: []byte(text), enc: enc}
			for at, r := range text + "\n" {
				inCRLF := r == '\n' && at > 0 && at < len(text) && text[at-1] == '\r'
				p := w.to(at)
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
		lines := textLines(src.text)
		seen := make(map[uint32]bool)
		for _, r := range foldingRanges(src, defaultFoldingLimit) {
			if r.StartLine >= r.EndLine || int(r.EndLine) >= len(lines) || seen[r.StartLine] {
				t.Errorf("fold %+v of %d lines", r, len(lines))
			}
			seen[r.StartLine] = true
		}
		for i := range summary.Symbols {
			if doc := docComment(src.text, lang, &summary.Symbols[i]); len(doc) > 4*maxDocComment || !utf8.ValidString(doc) {
				t.Errorf("doc comment %q", doc)
			}
		}
		for _, enc := range []encoding{utf8Columns, utf16Columns} {
			p := protocol.Position{Line: line, Character: character}
			chain := src.selections(p, lines, indentedBlocks(lines), enc)
			for at := &chain; at.Parent != nil; at = at.Parent {
				if isBefore(at.Range.Start, at.Parent.Range.Start) || isBefore(at.Parent.Range.End, at.Range.End) ||
					at.Range == at.Parent.Range || isBefore(at.Range.End, at.Range.Start) {
					t.Errorf("%s: %v in %v", enc, at.Range, at.Parent.Range)
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

// TestLargeSource: texts that are long in any way are answered in time that is
// linear in their length.
func TestLargeSource(t *testing.T) {
	t.Parallel()
	const size = 256 << 10
	for name, text := range map[string]string{
		"one word":       "x" + strings.Repeat("a", size),
		"no word":        "x 1" + strings.Repeat("x", size),
		"one line":       strings.Repeat("x ", size/2),
		"blanks":         "x" + strings.Repeat(" ", size),
		"line ends":      "x" + strings.Repeat("\r", size),
		"staircase":      "x\n" + staircase(1400),
		"comments":       "x\n" + strings.Repeat("// x\n", size/5),
		"half a comment": "x\n/*" + strings.Repeat("\n", size),
		"open brackets":  "x" + strings.Repeat("(\n", size/2),
		"invalid":        "x " + strings.Repeat("\xff", size),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startHere(t, setup{})
			e.initialize(modern())
			e.open("untitled:1", "go", text)
			begin := time.Now()
			params := object{"textDocument": object{"uri": "untitled:1"}, "position": object{}, "positions": []object{{}}}
			for _, method := range []string{"documentHighlight", "foldingRange", "selectionRange", "definition", "hover"} {
				if m := e.request("textDocument/"+method, params); m.Error != nil || len(m.Result) > 4<<20 {
					t.Errorf("%s: %d bytes, %v", method, len(m.Result), m.Error)
				}
			}
			// Quadratic it would be hours.
			if took := time.Since(begin); took > patience {
				t.Errorf("took %v", took)
			}
		})
	}
}

// staircase indents each line by one more.
func staircase(lines int) string {
	var b strings.Builder
	for i := range lines {
		b.WriteString(strings.Repeat(" ", i) + "x\n")
	}
	return b.String()
}

// TestSourceIsRead: what is no regular file, too large, gone or of no language has no
// answer, and nothing waits for it.
func TestSourceIsRead(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"big.go": strings.Repeat("x", 5000), "a.txt": "x", "dir.go/x": "", "bom.go": "\ufeffpackage a\nfunc x() {}\n"})
	e := startHere(t, setup{MaxFileSize: 4096})
	e.initialize(modern(), dir)
	for _, name := range []string{"big.go", "a.txt", "dir.go", "gone.go", "/dev/zero", "/dev/stdin"} {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, name)
		}
		params := object{"textDocument": object{"uri": fileURI(path)}, "position": object{"line": 1, "character": 5}, "positions": []object{{}}}
		for _, method := range []string{"definition", "declaration", "hover", "documentHighlight", "foldingRange", "selectionRange"} {
			if m := e.request("textDocument/"+method, params); m.Error != nil || string(m.Result) != "null" {
				t.Errorf("%s of %s: %v, want null", method, name, m)
			}
		}
	}
	engine := contents.NewEngine(contents.Config{})
	file, err := engine.Source(t.Context(), filepath.Join(dir, "bom.go"))
	if err != nil || !strings.HasPrefix(string(file.Text), "package") {
		t.Errorf("%q, %v", file.Text, err)
	}
	if err := os.Chmod(filepath.Join(dir, "bom.go"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Source(t.Context(), filepath.Join(dir, "bom.go")); err == nil && os.Getuid() != 0 {
		t.Error("a file that may not be read: no error")
	}
}

// TestDefinitionBounds: of a name that thousands have, the nearest come, and not all.
func TestDefinitionBounds(t *testing.T) {
	t.Parallel()
	files := map[string]string{"z/use.go": "package z\n\nvar _ = Name\n", "z/near.go": "package z\n\nvar Name int\n"}
	for i := range 2 * maxDefinitions {
		files[fmt.Sprintf("a%d/a.go", i)] = "package a\n\nvar Name int\n"
	}
	dir := tree(t, files)
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.progress("end")
	found := ask[[]location](e, "textDocument/definition", object{
		"textDocument": object{"uri": fileURI(filepath.Join(dir, "z/use.go"))}, "position": object{"line": 2, "character": 9},
	})
	if len(found) != maxDefinitions || found[0].URI != fileURI(filepath.Join(dir, "z/near.go")) {
		t.Errorf("%d definitions, the first: %+v", len(found), found[0])
	}
	positions := make([]object, maxSelections+1)
	for i := range positions {
		positions[i] = object{"line": rand.IntN(5), "character": 0}
	}
	params := object{"textDocument": object{"uri": fileURI(filepath.Join(dir, "z/use.go"))}, "positions": positions}
	if m := e.request("textDocument/selectionRange", params); m.code() != -32602 {
		t.Errorf("%d positions: %v, want -32602", len(positions), m)
	}
}
