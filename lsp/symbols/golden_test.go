package symbols

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/symcache/symcache/lsp/symbols/language"
)

var update = flag.Bool("update", false, "rewrite the outlines in the golden files")

// TestGolden compares outlines with the golden cases of each language's folder,
// testdata/*.txtar. A case is two sections: "x.go" is a source, "x.go.outline"
// its outline. A source named "x.quoted.go" consists of Go string literals, one
// a line, for bytes that do not survive editors.
func TestGolden(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	archives, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range archives {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := make(map[string]string)
			for _, f := range archive.Files {
				want[f.Name] = string(f.Data)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".outline") {
					continue
				}
				got := outlineOf(t, extractor, f.Name, source(t, f))
				if !*update {
					if diff := cmp.Diff(want[f.Name+".outline"], got); diff != "" {
						t.Errorf("%s: outline (-want +got):\n%s", f.Name, diff)
					}
				}
				out.Files = append(out.Files, f, txtar.File{Name: f.Name + ".outline", Data: []byte(got)})
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func source(t *testing.T, f txtar.File) []byte {
	if !strings.Contains(f.Name, ".quoted.") {
		return f.Data
	}
	var out []byte
	for line := range strings.Lines(string(f.Data)) {
		text, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("%s: %q: %v", f.Name, line, err)
		}
		out = append(out, text...)
	}
	return out
}

// outlineOf extracts and checks one source, and draws its symbols.
func outlineOf(t *testing.T, extractor *Extractor, name string, content []byte) string {
	lang := byExtension(t, name)
	if text, ok := Text(content); ok { // a buffer may have a NUL
		content = text
	}
	s, err := extractor.Extract(t.Context(), lang, content)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	decoded, err := Decode(Encode(s))
	if err != nil {
		t.Fatalf("%s: decode: %v", name, err)
	}
	if diff := cmp.Diff(s, decoded); diff != "" {
		t.Errorf("%s: decoded (-want +got):\n%s", name, diff)
	}
	return draw(s)
}

func byExtension(t *testing.T, name string) *language.Language {
	lang := byExtensionOf(name)
	if lang == nil {
		t.Fatalf("%s: no language", name)
	}
	return lang
}

// byExtensionOf returns nil for a name of no language.
func byExtensionOf(name string) *language.Language {
	for _, lang := range Languages() {
		for _, extension := range lang.Extensions {
			if strings.HasSuffix(name, extension) {
				return lang
			}
		}
	}
	return nil
}

// draw writes one symbol a line, indented by its depth:
//
//	kind name ["label"] [of container] visibility flags range @selection | signature
//
// and after them the defines.
func draw(s *Summary) string {
	var b strings.Builder
	depth := make([]int, len(s.Symbols))
	for i, symbol := range s.Symbols {
		if symbol.Parent >= 0 {
			depth[i] = depth[symbol.Parent] + 1
		}
		fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", depth[i]), kindName(symbol.Kind), plain(symbol.Name))
		if symbol.Label != "" {
			fmt.Fprintf(&b, " %q", symbol.Label)
		}
		if symbol.Container != "" {
			fmt.Fprintf(&b, " of %s", plain(symbol.Container))
		}
		for name, visibility := range visibilityNames {
			if visibility == symbol.Visibility && name != "" {
				fmt.Fprintf(&b, " %s", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(flagNames)) {
			if symbol.Flags&flagNames[name] != 0 {
				fmt.Fprintf(&b, " %s", name)
			}
		}
		fmt.Fprintf(&b, " %s @%s | %s\n", drawRange(symbol.Range), drawRange(symbol.Selection), plain(symbol.Signature))
	}
	for _, d := range s.Defines {
		fmt.Fprintf(&b, "define %s @%s in %s\n", plain(d.Name), drawRange(d.Selection), drawRange(d.Range))
	}
	for _, reason := range s.Truncated.Reasons() {
		b.WriteString("truncated: " + reason + "\n")
	}
	return b.String()
}

func drawRange(r Range) string { return drawPosition(r.Start) + "-" + drawPosition(r.End) }

func drawPosition(p Position) string {
	if p.UTF16 != p.Byte {
		return fmt.Sprintf("%d:%d/%d", p.Line, p.Byte, p.UTF16)
	}
	return fmt.Sprintf("%d:%d", p.Line, p.Byte)
}

// plain quotes a text only where printing it as it is would hide something.
func plain(s string) string {
	if q := strconv.Quote(s); q[1:len(q)-1] != strings.ReplaceAll(s, `"`, `\"`) {
		return q
	}
	return s
}

func kindName(k Kind) string {
	for name, kind := range kindNames {
		if kind == k {
			return name
		}
	}
	return fmt.Sprintf("kind %d", k)
}

// testExtractor skips the test in a build without cgo.
func testExtractor(t testing.TB) *Extractor {
	e := NewExtractor(2)
	if Languages()[0].Grammar() == nil {
		t.Skip("built without cgo")
	}
	return e
}
