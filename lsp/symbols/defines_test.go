package symbols

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outlineWithDefines draws an outline, its defines among the symbols.
func outlineWithDefines(t *testing.T, text string) string {
	t.Helper()
	s, err := testExtractor(t).Extract(t.Context(), byExtension(t, "x.c"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	depth := make(map[int]int)
	with := s.WithDefines()
	for i := range with.Symbols {
		sym := &with.Symbols[i]
		if sym.Parent >= i {
			t.Fatalf("symbol %d has parent %d", i, sym.Parent)
		}
		if sym.Parent >= 0 {
			depth[i] = depth[sym.Parent] + 1
		}
		fmt.Fprintf(&b, "%s%s %s\n", strings.Repeat("  ", depth[i]), sym.Kind, sym.Name)
	}
	if len(s.Symbols)+len(s.Defines) != len(with.Symbols) {
		t.Errorf("%d symbols and %d defines became %d", len(s.Symbols), len(s.Defines), len(with.Symbols))
	}
	return b.String()
}

// Defines stand where they do in the text, in the declaration around them.
func TestDefinesAmongSymbols(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"around declarations": {
			"#define A\nint a;\n#define B\n#define C\nint b;\n#define D\n",
			"constant A\nvariable a\nconstant B\nconstant C\nvariable b\nconstant D\n",
		},
		"in declarations": {
			"struct s {\n#define A\n\tint a;\n\tstruct {\n#define B\n\t\tint b;\n\t} c;\n#define C\n};\nenum {\n\tD,\n#define D D\n\tE,\n};\n" +
				"int f(\n#define F\n\tint a) {\n#define G\n}\n#define H\n",
			"struct s\n  constant A\n  field a\n  struct (anonymous struct)\n    constant B\n    field b\n  field c\n  constant C\nenum (anonymous enum)\n  enumMember D\n" +
				"  constant D\n  enumMember E\nfunction f\n  constant F\n  constant G\nconstant H\n",
		},
		"one range": {
			"struct {\n#define A\n\tint a;\n#define B\n} x, y;\n#define C\n",
			"struct (anonymous struct)\n  constant A\n  field a\n  constant B\nvariable x\nvariable y\nconstant C\n",
		},
		"name behind": {
			"typedef struct {\n#define A\n\tint a;\n#define B\n} t;\n#define C\n",
			"struct (anonymous struct)\n  constant A\n  field a\n  constant B\nclass t\nconstant C\n",
		},
		"none":         {"int a;\n", "variable a\n"},
		"only defines": {"#define A\n#define B\n", "constant A\nconstant B\n"},
	} {
		got := outlineWithDefines(t, c.text)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
