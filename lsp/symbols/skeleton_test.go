package symbols

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
)

// TestTreeSkeleton compares the symbols with and without a skeleton, over a tree
// of real sources. They must be equal wherever the text parses without error;
// where it does not, only how many differ is told.
func TestTreeSkeleton(t *testing.T) {
	t.Parallel()
	testExtractor(t)
	for _, lang := range Languages() {
		if lang.Options.Skeleton == nil {
			continue
		}
		t.Run(lang.ID, func(t *testing.T) {
			t.Parallel()
			compareSkeletons(t, lang)
		})
	}
}

func compareSkeletons(t *testing.T, lang *language.Language) {
	with, err := newOutliner(lang)
	if err != nil {
		t.Fatal(err)
	}
	whole := *with
	whole.skeleton = nil
	runner, err := newRunner()
	if err != nil {
		t.Fatal(err)
	}
	var files, broken, brokenDiffer, differ int
	var size, parsed int
	for _, extension := range lang.Extensions {
		for path, content := range treeFiles(t, extension, 200<<20) {
			files++
			got, err := extract(t.Context(), runner, with, content)
			if err != nil {
				t.Fatal(err)
			}
			want, err := extract(t.Context(), runner, &whole, content)
			if err != nil {
				t.Fatal(err)
			}
			size += len(content)
			parsed += len(newSkeleton(with.skeleton, content, nil).text)
			same := cmp.Equal(want, got)
			if hasErrors(t, runner, &whole, content) {
				broken++
				if !same {
					brokenDiffer++
				}
				continue
			}
			if !same {
				if differ++; differ <= 3 {
					t.Errorf("%s: symbols without and with skeleton (-without +with):\n%s", path, cmp.Diff(want, got))
				}
			}
		}
	}
	t.Logf("%s: %d files, %d differ; %d with syntax errors, of which %d differ; %.0f %% of the text parsed",
		lang.ID, files, differ, broken, brokenDiffer, 100*float64(parsed)/float64(max(size, 1)))
}

func hasErrors(t *testing.T, runner *runner, o *outliner, content []byte) (errors bool) {
	err := runner.run(t.Context(), o, content, runLimits,
		func(_ []capture, status status) { errors = status.Errors > 0 })
	if err != nil {
		t.Fatal(err)
	}
	return errors
}

// TestSkeleton shows what is left out and, mostly, what is not: whatever is in
// doubt.
func TestSkeleton(t *testing.T) {
	t.Parallel()
	const long = "statement(1); statement(2)"
	for _, test := range []struct{ name, file, text, want string }{
		{"function", "x.go", "func f() {\n\t" + long + "\n}\n", "func f() {}\n"},
		{"one line", "x.go", "func f() { " + long + " }\n", "func f() {}\n"},
		{"short", "x.go", "func f() { g() }\n", "func f() { g() }\n"},
		{"struct result", "x.go", "func f() struct{ a int } {\n\t" + long + "\n}\n", "func f() struct{ a int } {}\n"},
		{"brace in string", "x.go", "func f() {\n\t`\n}\n`; \"}\"; '}' /* } */ // }\n}\n", "func f() {}\n"},
		{"label", "x.go", "func f() {\nagain:\n\t" + long + "\n}\n", "func f() {}\n"},
		{"brace missing", "x.go", "func f() {\n\tif x {\n\t" + long + "\n}\n\nfunc g() {\n\t" + long + "\n}\n",
			"func f() {}\n\nfunc g() {}\n"},
		{"next declaration", "x.go", "func f() {\n\t" + long + "\ntype T struct{}\n}\n", ""},
		{"string without end", "x.go", "func f() {\n\t\"" + long + "\n}\n", "func f() {}\n"},
		{"mismatch", "x.go", "func f() {\n\t(" + long + "]\n}\n", "func f() {}\n"},
		{"not indented", "x.go", "func f() {\n" + long + "\n}\n", ""},
		{"end is indented", "x.go", "func f() {\n\t" + long + "\n\t}\n", ""},
		{"literal", "x.go", "var x = T{\n\t" + long + "\n}\n", ""},
		{"C function", "x.c", "int f(void)\n{\n\t" + long + ";\n}\n", "int f(void)\n{}\n"},
		{"C table", "x.c", "int t[] = {\n\t1, 2, 3, 4, 5, 6, 7, 8\n};\n", "int t[] = {};\n"},
		{"C struct", "x.c", "struct s {\n\tint first; int second;\n};\n", ""},
		{"C attribute", "x.c", "struct __attribute__((packed)) {\n\tint first; int second;\n} x;\n", ""},
		{"C conditional", "x.c", "int f(void)\n{\n#if A\n\t" + long + ";\n#endif\n}\n", ""},
		{"C macro", "x.c", "#define F(x) { \\\n\t\"'(\nint f(void)\n{\n\t" + long + ";\n}\n",
			"#define F(x) { \\\n\t\"'(\nint f(void)\n{}\n"},
		{"C continued comment", "x.c", "// } \\\n}\nint f(void)\n{\n\t" + long + ";\n}\n", "// } \\\n}\nint f(void)\n{}\n"},
	} {
		lang := byExtension(t, test.file)
		s := newSkeleton(newSkeletonRules(lang, lexer.NewTable(lang.Lexis)), []byte(test.text), nil)
		want := test.want
		if want == "" {
			want = test.text
		}
		if diff := cmp.Diff(want, string(s.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// FuzzSkeleton checks what must hold of any text: the skeleton is the text without
// the gaps, and every byte that is left finds its way back.
func FuzzSkeleton(f *testing.F) {
	f.Add("func f() {\n\tstatement(1); statement(2)\n}\nfunc g() { statement(1); statement(2) }\n")
	f.Add("int f(void)\n{\n\tstatement(1); statement(2);\n}\n#if A /* \n")
	var rules []*skeletonRules
	for _, lang := range Languages() {
		rules = append(rules, newSkeletonRules(lang, lexer.NewTable(lang.Lexis)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range rules {
			if r == nil {
				continue
			}
			s := newSkeleton(r, []byte(text), nil)
			for i, c := range s.text {
				start, end := s.original(uint32(i), uint32(i)+1)
				if end != start+1 && len(s.gaps) == 0 || text[start] != c {
					t.Fatalf("byte %d of %q is byte %d of %q", i, s.text, start, text)
				}
			}
		}
	})
}
