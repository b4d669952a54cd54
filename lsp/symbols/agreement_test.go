package symbols

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestAgreement compares outlines with what the language's own server answers, in
// name, kind and nesting. A case in testdata/peers/*.txtar is three sections: a
// source "x.py"; "x.py.peer", the server's answer as testdata/peers/outline.py
// --text printed it; and "x.py.differences", all that is in only one of the two:
// "-" is the server's, "+" is ours. Each language's README.md gives the reasons.
func TestAgreement(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	archives, err := filepath.Glob("*/testdata/peers/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no peers' answers: %v", err)
	}
	for _, path := range archives {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			section := make(map[string][]byte)
			for _, f := range archive.Files {
				section[f.Name] = f.Data
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".peer") || strings.HasSuffix(f.Name, ".differences") {
					continue
				}
				peer, found := section[f.Name+".peer"]
				if !found {
					t.Fatalf("%s: no answer of its server", f.Name)
				}
				s, err := extractor.Extract(t.Context(), byExtension(t, f.Name), f.Data)
				if err != nil {
					t.Fatal(err)
				}
				got := differences(flatten(string(peer)), flatten(plainOutline(s)))
				if want := string(section[f.Name+".differences"]); !*update && want != got {
					t.Errorf("%s: differences to the server (-want +got):\n%s", f.Name, cmp.Diff(want, got))
				}
				out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".peer", Data: peer},
					txtar.File{Name: f.Name + ".differences", Data: []byte(got)})
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// plainOutline draws "kind name" lines, indented by two blanks a level.
func plainOutline(s *Summary) string {
	var draw func(parent int) string
	draw = func(parent int) string {
		var b strings.Builder
		for i, symbol := range s.Symbols {
			if symbol.Parent == parent {
				name := symbol.Name
				if symbol.Label != "" {
					name = symbol.Label
				}
				fmt.Fprintf(&b, "%s %s\n", kindName(symbol.Kind), name)
				for line := range strings.Lines(draw(i)) {
					b.WriteString("  " + line)
				}
			}
		}
		return b.String()
	}
	return draw(-1)
}

// flatten replaces the indentation of a plain outline by the names around a line:
// "method C > m".
func flatten(outline string) []string {
	var flat, around []string
	for line := range strings.Lines(outline) {
		text := strings.TrimLeft(line, " ")
		depth := (len(line) - len(text)) / 2
		kind, name, _ := strings.Cut(strings.TrimSuffix(text, "\n"), " ")
		around = append(around[:depth], name)
		flat = append(flat, kind+" "+strings.Join(around, " > "))
	}
	return flat
}

// differences lists the lines that only one of two outlines has.
func differences(peer, ours []string) string {
	var b strings.Builder
	for _, line := range peer {
		if i := slices.Index(ours, line); i >= 0 {
			ours = slices.Delete(ours, i, i+1)
		} else {
			fmt.Fprintf(&b, "-%s\n", line)
		}
	}
	for _, line := range ours {
		fmt.Fprintf(&b, "+%s\n", line)
	}
	return b.String()
}
