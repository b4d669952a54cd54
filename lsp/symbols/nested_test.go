package symbols

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nestedOutline returns the outline of a text with what is inside of functions: a symbol a line, by depth.
func nestedOutline(t *testing.T, name, text string) string {
	t.Helper()
	extractor, lang := testExtractor(t), byExtension(t, name)
	summary, err := extractor.Extract(t.Context(), lang, UnixLines([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := extractor.Tree(t.Context(), lang, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	nested, err := extractor.Nested(lang, []byte(text), tree)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	both := summary.With(nested)
	depth := make([]int, len(both.Symbols))
	for i := range both.Symbols {
		sym := &both.Symbols[i]
		if sym.Parent >= 0 {
			depth[i] = depth[sym.Parent] + 1
		}
		fmt.Fprintf(&b, "%s%s %s\n", strings.Repeat("  ", depth[i]), kindName(sym.Kind), sym.Name)
	}
	return b.String()
}

func TestNestedFunctions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"closures.go": {
			"package a\n\nfunc f() {\n\tg := func(x int) {\n\t\th := func() {}\n\t\th()\n\t}\n\tx := 1\n\tgo func() {}()\n}\n\n" +
				"var v = func() {\n\tw := func() {}\n}\n\nfunc z() {}\n",
			"function f\n  function g\n    function h\nvariable v\n  function w\nfunction z\n",
		},
		"nested.py": {
			"def deco(f):\r\n    @wraps(f)\r\n    async def inner(*a):\r\n        return f(*a)\r\n    class C:\r\n        def m(self): pass\r\n    return inner\r\n\r\n" +
				"class A:\r\n    def p(self): self.x = 1\r\n    def p(self):\r\n        def q(): pass\r\n",
			"function deco\n  function inner\n  class C\n    method m\nclass A\n  variable x\n  method p\n    function q\n",
		},
		"component.tsx": {
			"export function App({ a }: P) {\n  const [x, setX] = useState(0)\n  const onClick = useCallback(() => {\n    setX(1)\n  }, [])\n" +
				"  function row(i) { return <b onClick={() => 1}>{i}</b> }\n  let go = async () => { const inner = () => 2 }\n  return <div>{row(1)}</div>\n}\n\n" +
				"function useIt() {\n  return { get: () => 1, set(v) {} }\n}\n",
			"function App\n  constant onClick\n  function row\n  variable go\n    constant inner\nfunction useIt\n  method get\n  method set\n",
		},
		"none.c": {"int f(void) { return 1; }\n", "function f\n"},
	} {
		if diff := cmp.Diff(test.want, nestedOutline(t, name, test.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is half-typed in one function costs none of the others their nested functions.
func TestNestedFunctionsOfHalfTypedCode(t *testing.T) {
	t.Parallel()
	got := nestedOutline(t, "a.js", "function a() {\n  if (x {\n}\n\nfunction b() {\n  const c = () => 1\n}\n")
	if want := "function a\nfunction b\n  constant c\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNestedSymbolsAreBounded(t *testing.T) {
	t.Parallel()
	place := func(from, to uint32) Range { return Range{Position{from, 0, 0}, Position{to, 0, 0}} }
	var deep, flat Summary
	for i := range uint32(2 * MaxNesting) {
		deep.Symbols = append(deep.Symbols, Symbol{Name: "f", Kind: Function, Range: place(i, 1000-i), Selection: place(i, i)})
	}
	if got := new(Summary).With(&deep); len(got.Symbols) != MaxNesting || got.Truncated&TruncatedNesting == 0 {
		t.Errorf("%d symbols, truncated %v", len(got.Symbols), got.Truncated)
	}
	for i := range uint32(MaxSymbols) {
		flat.Symbols = append(flat.Symbols, Symbol{Name: "f", Kind: Function, Parent: -1, Range: place(i, i), Selection: place(i, i)})
	}
	deep.Symbols[0].Selection = place(MaxSymbols, MaxSymbols)
	if got := flat.With(&Summary{Symbols: deep.Symbols[:1]}); len(got.Symbols) != MaxSymbols || got.Truncated&TruncatedSymbols == 0 {
		t.Errorf("%d symbols, truncated %v", len(got.Symbols), got.Truncated)
	}
}
