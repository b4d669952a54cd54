package symbols

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// checkTree reports what is wrong with a tree of a text: nodes lie in those around them, in
// order, and are linked as package syntax says.
func checkTree(tree *syntax.Tree, text []byte) error {
	nodes := tree.Nodes
	if len(nodes) == 0 || nodes[0].Parent != syntax.NoNode || int(nodes[0].Next) != len(nodes) {
		return fmt.Errorf("no root around %d nodes", len(nodes))
	}
	for i := range nodes {
		n := &nodes[i]
		if n.Start > n.End || int(n.End) > len(text) || int(n.Next) <= i || int(n.Next) > len(nodes) {
			return fmt.Errorf("node %d: %+v in %d bytes, %d nodes", i, *n, len(text), len(nodes))
		}
		last := n.Start
		for child := range tree.Children(uint32(i)) {
			c := &nodes[child]
			if c.Parent != uint32(i) || c.Start < last || c.End > n.End || c.Next > n.Next {
				return fmt.Errorf("node %d: %+v in %d: %+v, behind %d", child, *c, i, *n, last)
			}
			last = c.End
		}
	}
	return nil
}

// shape writes the constructs of a tree, each with its text.
func shape(tree *syntax.Tree, text []byte) (lines []string) {
	for i := range tree.Nodes {
		if n := &tree.Nodes[i]; n.Flags&syntax.Named != 0 && n.Parent != syntax.NoNode {
			at := strings.ReplaceAll(string(text[n.Start:n.End]), "\r\n", "\n")
			lines = append(lines, fmt.Sprintf("%s %q", tree.Grammar.TypeName(n.Type), at))
		}
	}
	return lines
}

func TestTreeHasTheBodiesOfFunctions(t *testing.T) {
	t.Parallel()
	const text = "package p\n\nfunc f() {\n\tg(1)\n}\n"
	tree, err := testExtractor(t).Tree(t.Context(), byExtension(t, "x.go"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`call_expression "g(1)"`, `function_declaration "func f() {\n\tg(1)\n}"`} {
		if got := shape(tree, []byte(text)); !slices.Contains(got, want) {
			t.Errorf("no %s in %q", want, got)
		}
	}
}

// The offsets of a tree are those of the client's text, and its nodes are those of the text
// with the line ends of a file's content.
func TestTreeOfWindowsLineEnds(t *testing.T) {
	t.Parallel()
	extractor := testExtractor(t)
	for extension, text := range intact {
		lang := byExtension(t, "x."+extension)
		windows := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
		unix, err := extractor.Tree(t.Context(), lang, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := extractor.Tree(t.Context(), lang, windows)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkTree(tree, windows); err != nil {
			t.Errorf("%s: %v", extension, err)
		}
		if diff := cmp.Diff(shape(unix, []byte(text)), shape(tree, windows)); diff != "" {
			t.Errorf("%s (-unix +windows):\n%s", extension, diff)
		}
	}
}

// Words that are blanked before parsing have no nodes; all others are where the text has them.
func TestTreeOfMacrosAndGaps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"x.c":  {"API struct s *get(int id) HIDDEN;\n", `declaration "struct s *get(int id) HIDDEN;"`},
		"x.ts": {"interface Box<in out T> {\n  a: T\n}\n", `interface_declaration "interface Box<in out T> {\n  a: T\n}"`},
	} {
		tree, err := testExtractor(t).Tree(t.Context(), byExtension(t, name), []byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		got := shape(tree, []byte(test.text))
		if !slices.Contains(got, test.want) || tree.Nodes[0].Flags&syntax.Broken != 0 {
			t.Errorf("%s: %q, want %s", name, got, test.want)
		}
	}
}

// Damage stays in the declaration in which it stands: those before and behind it have the
// nodes that they have without it.
func TestDamageStaysInItsDeclarationOfATree(t *testing.T) {
	t.Parallel()
	const before, after = "package p\n\nfunc a() {\n\tx(1)\n}\n\n", "\nfunc z() {\n\ty(2)\n}\n"
	extractor, lang := testExtractor(t), byExtension(t, "x.go")
	for _, damaged := range []string{"func b() {\n\tif x {\n}\n", "func b(\n", "var v = map[string]int{\n\t\"a\": 1,\n", "}\n", "func b() {\n\tx.\n}\n"} {
		text := []byte(before + damaged + after)
		tree, err := extractor.Tree(t.Context(), lang, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkTree(tree, text); err != nil {
			t.Errorf("%q: %v", damaged, err)
		}
		if root := tree.Nodes[0]; root.Flags&syntax.Broken == 0 || tree.Grammar.TypeName(root.Type) != "source_file" {
			t.Errorf("%q: root %+v", damaged, root)
		}
		got := shape(tree, text)
		for _, want := range []string{`function_declaration "func a() {\n\tx(1)\n}"`, `call_expression "x(1)"`,
			`function_declaration "func z() {\n\ty(2)\n}"`, `call_expression "y(2)"`} {
			if !slices.Contains(got, want) {
				t.Errorf("%q: no %s in %q", damaged, want, got)
			}
		}
	}
}

func TestTreeOfLargeTextIsRefused(t *testing.T) {
	t.Parallel()
	extractor, lang := testExtractor(t), byExtension(t, "x.go")
	if _, err := extractor.Tree(t.Context(), lang, make([]byte, MaxTreeText+1)); !errors.Is(err, ErrNoTree) {
		t.Errorf("%d bytes: %v", MaxTreeText+1, err)
	}
	many := []byte("package p\nvar v = []int{" + strings.Repeat("1,", MaxTree/syntax.NodeSize/2) + "}\n")
	if _, err := extractor.Tree(t.Context(), lang, many); !errors.Is(err, ErrNoTree) {
		t.Errorf("%d elements: %v", MaxTree/syntax.NodeSize/2, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := extractor.Tree(ended, lang, many); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context has ended: %v", err)
	}
}

// FuzzTree: whatever the text, its nodes lie in it and in each other, and what is nested in its
// functions joins the other symbols.
func FuzzTree(f *testing.F) {
	for extension, text := range intact {
		f.Add(text, "x."+extension)
		f.Add(text[:len(text)/2], "x."+extension)
		f.Add(strings.Replace(text, "{", "{ {", 1), "x."+extension)
		f.Add(strings.ReplaceAll(text[len(text)/3:], "\n", "\r\n"), "x."+extension)
	}
	extractor := NewExtractor(2)
	f.Fuzz(func(t *testing.T, text, name string) {
		lang := Detect(name, nil)
		if lang == nil || len(text) > 1<<12 {
			return
		}
		tree, err := extractor.Tree(t.Context(), lang, []byte(text))
		if errors.Is(err, ErrNoTree) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := checkTree(tree, []byte(text)); err != nil {
			t.Errorf("%s of %q: %v", lang.ID, text, err)
		}
		summary, err := extractor.Extract(t.Context(), lang, UnixLines([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		nested, err := extractor.Nested(lang, []byte(text), tree)
		if err != nil {
			t.Fatal(err)
		}
		all := summary.With(nested)
		for i := range all.Symbols {
			if sym := &all.Symbols[i]; sym.Parent >= i || !sym.valid() || len(all.Symbols) < len(summary.Symbols) {
				t.Errorf("%s of %q: symbol %d: %+v", lang.ID, text, i, sym)
			}
		}
	})
}
