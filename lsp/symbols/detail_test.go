package symbols

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestDetailsAreThoseOfServers compares what outlines show beside names with what the language's own server shows. A
// case in testdata/details/*.txtar is three sections: a source "x.go"; "x.go.peer", the server's answer as
// testdata/peers/outline.py --details printed it; and "x.go.differences", all that is in only one of the two: "-" is
// the server's, "+" is ours. The comment above gives the reasons.
func TestDetailsAreThoseOfServers(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	archives, err := filepath.Glob("*/testdata/details/*.txtar")
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
			sections := make(map[string]string)
			for _, f := range archive.Files {
				sections[f.Name] = string(f.Data)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".peer") || strings.HasSuffix(f.Name, ".differences") {
					continue
				}
				lang := byExtension(t, f.Name)
				s, err := extractor.Extract(t.Context(), lang, f.Data)
				if err != nil {
					t.Fatal(err)
				}
				members := make(map[int]bool)
				for i := range s.Symbols {
					members[s.Symbols[i].Parent] = true
				}
				var ours, peers []string
				for i := range s.Symbols {
					sym := &s.Symbols[i]
					detail := sym.Detail(lang, members[i])
					if detail == sym.Name {
						t.Errorf("%s: the detail of %s is its name", f.Name, sym.Name)
					}
					ours = append(ours, fmt.Sprintf("%d %s | %s", sym.Selection.Start.Line+1, sym.DisplayName(), detail))
				}
				for line := range strings.Lines(sections[f.Name+".peer"]) {
					peers = append(peers, strings.TrimSuffix(line, "\n"))
				}
				got := differences(peers, ours)
				if want := sections[f.Name+".differences"]; !*update && want != got {
					t.Errorf("%s: differences to the server (-want +got):\n%s", f.Name, cmp.Diff(want, got))
				}
				out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".peer", Data: []byte(sections[f.Name+".peer"])},
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

// FuzzDetail writes details of what is no declaration.
func FuzzDetail(f *testing.F) {
	for _, seed := range [][2]string{
		{"func (k *Kubelet) Run(ctx context.Context) (err error)", "Run"}, {`A, B struct{ C int "x" }`, "B"}, {"type T[E any] = struct", "T"},
		{"static const struct ops { int (*open)(void); } *ops[3], one", "one"}, {"int (*f(int (*)(void), ...))[3] : 4", "f"}, {"int k(a, b) int a; char *b", "k"}, {"((([[[{{{", "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, signature, name string) {
		if len(signature) > MaxSignature {
			t.Skip("no symbol has such a signature")
		}
		for _, lang := range Languages() {
			sym := Symbol{Name: name, Signature: signature}
			if detail := sym.Detail(lang, true); len(detail) > 8*len(signature)+64 {
				t.Errorf("%s: the detail of %q has %d bytes", lang.ID, signature, len(detail))
			}
		}
	})
}
