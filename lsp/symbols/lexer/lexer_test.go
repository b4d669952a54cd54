package lexer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// tables are those of all languages, by ID.
func tables() map[string]*lexer.Table {
	tables := make(map[string]*lexer.Table)
	for _, lang := range symbols.Languages() {
		tables[lang.ID] = lexer.NewTable(lang.Lexis)
	}
	return tables
}

// TestTokens shows what is one token; blanks separate them in the wanted text, where words
// and single bytes are left out.
func TestTokens(t *testing.T) {
	t.Parallel()
	all := tables()
	for _, test := range []struct{ lang, text, want string }{
		{"go", "a \"b\\\"\" `\n` 'c' // d\n/* e */", "\"b\\\"\" `\n` 'c' // d|/* e */"},
		{"go", "x := \"no end\ny", "\"no end?"},
		{"go", "/* no end", "/* no end?"},
		{"python", "r'''a'\n''' # b\n'c' f\"\"\"d\"\"\"", "'''a'\n''' # b|'c' \"\"\"d\"\"\""},
		{"typescript", "`a${b(`}`, '}', {})}c` d", "`a${b(`}`, '}', {})}c`"},
		{"typescript", "return /[/\"]/g; a / b / c; (d) / '/'", "/[/\"]/ '/'"},
		{"typescript", "`${`no end", "`${`no end?"},
		{"c", "#define A \" \\\n  /* ' */ b\nc '\\''", "#define A \" \\\n  /* ' */ b '\\''"},
		{"typescript", "`${a.replace(/[`}]/g, '')}` + 1", "`${a.replace(/[`}]/g, '')}`"},
		{"typescript", "a // b\n/* c */ / d /* e */\n/ 'f'; = // g\n/[']/", "// b|/* c */ /* e */ 'f' // g|/[']/"},
		{"typescript", strings.Repeat("[/", 17) + "=/a/;\n/b/", "/b/"}, // sixteen have no end
		{"c", "// a \\\nb", "// a \\\nb"},
		{"c", "// a \\\r\nb \\ \nc", "// a \\\r\nb \\ "},
	} {
		text := []byte(test.text)
		var got strings.Builder
		scanner := all[test.lang].Scan(text)
		for {
			token, ok := scanner.Next()
			if !ok {
				break
			}
			switch token.Kind {
			case lexer.String, lexer.Comment, lexer.Directive:
			default:
				continue
			}
			if got.Len() > 0 {
				got.WriteByte(" |"[min(1, strings.Count(string(text[:token.Start]), "\n")*btoi(token.First))])
			}
			got.Write(text[token.Start:token.End])
			if token.Doubt {
				got.WriteByte('?')
			}
		}
		if diff := cmp.Diff(test.want, got.String()); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", test.lang, test.text, diff)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestPieces shows where texts are cut: at each "~".
func TestPieces(t *testing.T) {
	t.Parallel()
	all := tables()
	for _, test := range []struct{ name, lang, text string }{
		{"declarations", "go", "package p\n\n~// f.\nfunc f() {\n}\n\n~type T struct {\n\ta int\n}\n"},
		{"brace missing", "go", "func f() {\n\tif x {\n}\n\n~func g() {\n}\n"},
		{"label", "go", "func f() {\n\tif x {\nagain:\n}\n\n~func g() {\n}\n"},
		{"a raw string", "go", "var x = `\nfunc f() {\n`\n~var y = 1\n"},
		{"a raw string without end", "go", "var x = `\n\n~func f() {\n}\n\n~var y = `a`\n"},
		{"a body without its head", "go", "var x = T{}\n~\treturn x\n}\n\n~func f() {\n}\n"},
		{"suites", "python", "@a\n@b(c)\ndef f():\n    pass\n\n~if x:\n    y\nelse:\n    z\n~import w\n"},
		{"an open bracket", "python", "x = [1,\n~def f():\n    pass\n"},
		{"semicolons missing", "javascript", "const a = 1\n~const b =\nc\n~export default a\n"},
		{"decorators", "typescript", "@A({\n  b: 1\n})\n@C\nexport class D {}\n~enum E {}\n"},
		{"two lines", "c", "static int\nf(void)\n{\n}\n~struct s *\ng(void);\n"},
		{"conditionals", "c", "~#if A\n~int f(int a)\n{\n#else\n~int f(long a)\n{\n#endif\n}\n~int g;\n"},
	} {
		text := []byte(strings.ReplaceAll(test.text, "~", ""))
		pieces, _ := all[test.lang].Pieces(text, false)
		var got strings.Builder
		for _, p := range pieces {
			if p.Start > 0 {
				got.WriteByte('~')
			}
			got.Write(text[p.Start:p.End])
		}
		if diff := cmp.Diff(strings.TrimPrefix(test.text, "~"), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestBefore shows what stands before the last token of a text.
func TestBefore(t *testing.T) {
	t.Parallel()
	all := tables()
	for _, test := range []struct {
		lang, text string
		last       byte
		word       string
	}{
		{"c", "(", 0, ""},
		{"c", "// a\n/* b */\n(", 0, ""},
		{"c", "ab /* c */ // d\n#if A\n/* e */ (", 'b', "ab"},
		{"c", "a = (", '=', ""},
		{"c", "\"ab\" (", '"', ""},
		{"go", "a`b`\n// c\n(", '`', ""},
		{"typescript", "b /c/ (", '/', ""},
	} {
		text := []byte(test.text)
		scanner := all[test.lang].Scan(text)
		var at int
		for {
			token, ok := scanner.Skim()
			if !ok {
				break
			}
			at = token.Start
		}
		if last, word := scanner.Before(at); last != test.last || string(word) != test.word {
			t.Errorf("%q: %q, %q, want %q, %q", test.text, last, word, test.last, test.word)
		}
	}
}

// checkSkim tests that Skim returns the tokens of Next without words and other bytes in the
// middle of lines, and Before what Next has returned before.
func checkSkim(t *testing.T, table *lexer.Table, text []byte) {
	next, skim := table.Scan(text), table.Scan(text)
	last, word, doubt := byte(0), "", false
	for {
		token, more := next.Next()
		if !more || token.Kind > lexer.Word || token.First {
			if got, ok := skim.Skim(); got != token || ok != more || skim.Lines() != next.Lines() || skim.Pos() != next.Pos() {
				t.Fatalf("%q: Skim has %+v, %v where Next has %+v, %v", text, got, ok, token, more)
			}
			if !more {
				return
			}
			for _, s := range []*lexer.Scanner{&next, &skim} {
				if doubt {
					continue
				}
				if gotLast, gotWord := s.Before(token.Start); gotLast != last || string(gotWord) != word {
					t.Fatalf("%q: before %+v: %q, %q, want %q, %q", text, token, gotLast, gotWord, last, word)
				}
			}
		}
		switch token.Kind {
		case lexer.Comment, lexer.Directive:
			continue
		case lexer.Word:
			last, word = text[token.End-1], string(text[token.Start:token.End])
		default:
			last, word = text[token.Start], ""
		}
		doubt = token.Doubt
	}
}

// FuzzLexer checks what must hold of any text: tokens are in order and not empty, and the
// pieces are all of the text.
func FuzzLexer(f *testing.F) {
	f.Add("func f() { `a` }\n\nvar (\n\ta = 1\n\tb = '\\''\n)\n")
	f.Add("@a\ndef f(x=[\"\"\"\n\ndef g():\n")
	f.Add("const a = `${`${b}` / /[/]/}`\n/* ")
	f.Add("#if A /* \\\n\" */\nstatic int f(void)\n{\n#endif\n")
	all := tables()
	f.Fuzz(func(t *testing.T, s string) {
		text := []byte(s)
		for id, table := range all {
			checkSkim(t, table, text)
			scanner := table.Scan(text)
			end := 0
			for {
				token, ok := scanner.Next()
				if !ok {
					break
				}
				if token.Start < end || token.End <= token.Start || token.End > len(text) {
					t.Fatalf("%s: %q: token %+v behind %d", id, s, token, end)
				}
				end = token.End
			}
			for _, damaged := range []bool{false, true} {
				pieces, _ := table.Pieces(text, damaged)
				at := 0
				for _, p := range pieces {
					if p.Start != at || p.End < p.Start || p.Code < p.Start || p.Code > p.End {
						t.Fatalf("%s: %q: pieces %+v", id, s, pieces)
					}
					at = p.End
				}
				if at != len(text) {
					t.Fatalf("%s: %q: pieces end at %d of %d", id, s, at, len(text))
				}
			}
			if g, ok := table.Group(text); ok {
				at := g.Head.End
				for _, m := range g.Members {
					if m.Start < at-1 || m.End < m.Start || m.End > len(text) {
						t.Fatalf("%s: %q: group %+v", id, s, g)
					}
					at = m.End
				}
			}
			at := 0
			for _, b := range table.Bodies(text) {
				if b.Start < at || b.End < b.Start || b.End > len(text) {
					t.Fatalf("%s: %q: a body %+v behind %d", id, s, b, at)
				}
				at = b.End
			}
		}
	})
}

// The insides of functions are told by layout where brackets do not match.
func TestBodiesAreToldByLayout(t *testing.T) {
	t.Parallel()
	table := tables()["javascript"]
	for text, want := range map[string][]string{
		"it('a', () => {\n  b({\nfoo.\n  c\n})\n":                    {"\n  b({\nfoo.\n  c\n"},
		"class A {\n  m() {\n    if (a) {\n  n() {\n    b\n  }\n}\n": {"\n    if (a) {\n", "\n    b\n"},
		"function a(\n  b\n) {\n  c('\n}\n":                          {"\n  c('\n"},
		"if (a) {\n  b\n}\n":                                         nil,
		"(function () {\n  function a() {\n    b\n  }\n})()\n":       {"\n    b\n"},
		"const a = { b: 1 }, c = d(e => { f })\n":                    nil,
		"class A {\n  m() {\n    /* a\n  }\n}\nmodule.exports = A\n": {"\n    /* a\n"},
		"x(() => {\n  `${a}\n})\nmodule.exports = { b: 1 }\n":        {"\n  `${a}\n"},
	} {
		var got []string
		for _, b := range table.Bodies([]byte(text)) {
			got = append(got, text[b.Start:b.End])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: bodies %q, want %q", text, got, want)
		}
	}
}

// Names in one declaration are its members, each with a line of its own.
func TestListsAreGroups(t *testing.T) {
	t.Parallel()
	table := tables()["javascript"]
	for text, want := range map[string][]string{
		"var a = 1, (\n    b = {\n      x: 1\n    },\n    c = 2;\n": {"a = 1, (\n", "    b = {\n      x: 1\n    }", "    c = 2;\n"},
		"var a = 1,\n":                        {"a = 1"},
		"const {\n  a,\n  b, {\n  c\n} = d\n": {"  a,\n", "  b, {\n", "  c\n"},
		"const {\n  a\n} = d (\n":             {"  a\n"},
		"const { a } = d\n  b,\n  c\n} = e\n": nil,
		"const a = {\n  b: 1,\n  c: 2\n":      nil,
		"let a = 1 (\n":                       nil,
	} {
		var got []string
		g, ok := table.Group([]byte(text))
		for _, m := range g.Members {
			got = append(got, text[m.Start:m.End])
		}
		if ok != (want != nil) || ok && !slices.Equal(got, want) {
			t.Errorf("%q: members %q, want %q", text, got, want)
		}
	}
}

// The benchmarks measure throughput on made-up but ordinary text.
func BenchmarkLexer(b *testing.B) { bench(b, func(t *lexer.Table, text []byte) { tokens(t, text) }) }
func BenchmarkSkim(b *testing.B)  { bench(b, skim) }
func BenchmarkPieces(b *testing.B) {
	bench(b, func(t *lexer.Table, text []byte) { t.Pieces(text, false) })
}

func tokens(t *lexer.Table, text []byte) (n int) {
	s := t.Scan(text)
	for {
		if _, ok := s.Next(); !ok {
			return n
		}
		n++
	}
}

func skim(t *lexer.Table, text []byte) {
	s := t.Scan(text)
	for {
		if _, ok := s.Skim(); !ok {
			return
		}
	}
}

func bench(b *testing.B, f func(*lexer.Table, []byte)) {
	text := []byte(strings.Repeat("// comment of some words, as there are many\nfunction declared(first, second) {\n"+
		"\tif (first == \"a string\") {\n\t\treturn second.call(first, 17) + other[index];\n\t}\n}\n\n", 2000))
	for id, table := range tables() {
		b.Run(id, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f(table, text)
			}
		})
	}
}
