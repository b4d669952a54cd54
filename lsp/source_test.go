package lsp

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

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
	files := map[string]string{"z/use.c": "int use = name;\n", "z/near.c": "int name;\n"}
	for i := range 2 * answers.MaxDefinitions {
		files[fmt.Sprintf("a%d/a.c", i)] = "int name;\n"
	}
	dir := tree(t, files)
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.progress("end")
	found := ask[[]location](e, "textDocument/definition", object{
		"textDocument": object{"uri": fileURI(filepath.Join(dir, "z/use.c"))}, "position": object{"line": 0, "character": 11},
	})
	if len(found) != answers.MaxDefinitions || found[0].URI != fileURI(filepath.Join(dir, "z/near.c")) {
		t.Errorf("%d definitions, the first: %+v", len(found), found[0])
	}
	positions := make([]object, answers.MaxSelections+1)
	for i := range positions {
		positions[i] = object{"line": rand.IntN(5), "character": 0}
	}
	params := object{"textDocument": object{"uri": fileURI(filepath.Join(dir, "z/use.go"))}, "positions": positions}
	if m := e.request("textDocument/selectionRange", params); m.code() != -32602 {
		t.Errorf("%d positions: %v, want -32602", len(positions), m)
	}
}
