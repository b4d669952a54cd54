package syntax

import (
	"slices"
	"testing"
)

// testTree is the tree of "f(a)": a call of a name with arguments; see the package comment.
func testTree(t *testing.T) *Tree {
	g, err := NewGrammar([]Symbol{
		{Name: "end"},
		{Name: "call", Named: true, Visible: true, Type: 1},
		{Name: "name", Named: true, Visible: true, Type: 2},
		{Name: "arguments", Named: true, Visible: true, Type: 3},
		{Name: "(", Visible: true, Type: 4},
		{Name: ")", Visible: true, Type: 5},
		{Name: "hidden", Named: true, Type: 6},
	}, []string{"", "function", "arguments"})
	if err != nil {
		t.Fatal(err)
	}
	return &Tree{Grammar: g, Nodes: []Node{
		{Start: 0, End: 4, Parent: NoNode, Next: 6, Type: 1, Flags: Named},
		{Start: 0, End: 1, Parent: 0, Next: 2, Type: 2, Field: 1, Flags: Named},
		{Start: 1, End: 4, Parent: 0, Next: 6, Type: 3, Field: 2, Flags: Named},
		{Start: 1, End: 2, Parent: 2, Next: 4, Type: 4},
		{Start: 2, End: 3, Parent: 2, Next: 5, Type: 2, Flags: Named},
		{Start: 3, End: 4, Parent: 2, Next: 6, Type: 5},
	}}
}

func TestChildrenInOrder(t *testing.T) {
	t.Parallel()
	tree := testTree(t)
	for node, want := range map[uint32][]uint32{0: {1, 2}, 1: nil, 2: {3, 4, 5}} {
		if got := slices.Collect(tree.Children(node)); !slices.Equal(got, want) {
			t.Errorf("children of %d: %v, want %v", node, got, want)
		}
	}
	if child, ok := tree.Child(0, 2); !ok || child != 2 {
		t.Errorf("the arguments of the call: %d, %v", child, ok)
	}
	if child, ok := tree.Child(2, 1); ok {
		t.Errorf("the function of the arguments: %d", child)
	}
}

func TestAroundIsTheInnermostNode(t *testing.T) {
	t.Parallel()
	tree := testTree(t)
	for _, test := range []struct {
		start, end, want uint32
		ok               bool
	}{
		{0, 1, 1, true}, {0, 2, 0, true}, {1, 1, 3, true}, {2, 3, 4, true}, {2, 4, 2, true}, {3, 3, 5, true},
		{4, 4, 5, true}, // at the end there is nothing behind
		{4, 5, 0, false}, {3, 2, 0, false},
	} {
		if got, ok := tree.Around(test.start, test.end); got != test.want || ok != test.ok {
			t.Errorf("around %d to %d: %d, %v, want %d, %v", test.start, test.end, got, ok, test.want, test.ok)
		}
	}
	if _, ok := (&Tree{}).Around(0, 0); ok {
		t.Error("there is a node in a tree without any")
	}
}

func TestNamesOfTypesAndFields(t *testing.T) {
	t.Parallel()
	g := testTree(t).Grammar
	if s, ok := g.Symbol("call", true); !ok || s.Type != 1 || g.TypeName(s.Type) != "call" {
		t.Errorf("call: %+v, %v", s, ok)
	}
	for _, name := range []string{"call", "hidden", "end"} {
		if s, ok := g.Symbol(name, name == "hidden"); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s, ok := g.Symbol("ERROR", true); !ok || s.Type != Error || g.TypeName(Error) != "ERROR" {
		t.Errorf("errors: %+v, %v", s, ok)
	}
	if f, ok := g.Field("function"); !ok || f != 1 || g.FieldName(f) != "function" {
		t.Errorf("field: %v, %v", f, ok)
	}
	if _, err := NewGrammar(nil, make([]string, 300)); err == nil {
		t.Error("a grammar may have more fields than can be told apart")
	}
}
