package ignore

import (
	"strings"
	"testing"
)

// plenty is more steps than any test takes.
func plenty() *int {
	steps := 1 << 40
	return &steps
}

func TestWildmatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		glob, text string
		want       bool
	}{
		{"foo", "foo", true},
		{"*.go", "a.go", true},
		{"*.go", "a/b.go", false},
		{"a/*.go", "a/b.go", true},
		{"**/b.go", "b.go", true},
		{"[z-a]", "z", true},
		{"[z-a]", "a", false},
		{"**/b.go", "x/y/b.go", true},
		{"a/**", "a", false},
		{"a/**", "a/b/c", true},
		{"a/**/z", "a/z", true},
		{"a/**/z", "a/b/c/z", true},
		{"a/**/z", "a/b/c/zz", false},
		{"?**z", "a/z", false},
		{"a**z", "abcz", true},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[]]", "]", true},
		{"[a-", "a", false},
		{"[[:digit:]]*", "7up", true},
		{"[[:nope:]]", "n", false},
		{`\*`, "*", true},
		{`\*`, "x", false},
		{`x\`, "x", false},
		{"?", "/", false},
		{"a*b*c*d", "axbxcxdxd", true},
		{"**/a*/**/c", "q/ab/x/y/c", true},
	} {
		if got := wildmatch(test.glob, test.text, plenty()); got != test.want {
			t.Errorf("wildmatch(%q, %q) = %v", test.glob, test.text, got)
		}
	}
}

// The shortcuts of a pattern change nothing.
func FuzzPattern(f *testing.F) {
	f.Add("*.o", "main.o")
	f.Add(`a\*b`, "a*b")
	f.Add("*.tab.[ch]", "x.tab.c")
	f.Add("[!a]*b]", "cb]")
	f.Add(`a\`, `a\`)
	f.Add("**/x.go", "x.go")
	f.Add("a/**/x.go", "a/x.go")
	f.Fuzz(func(t *testing.T, glob, name string) {
		p, ok := parseLine(glob)
		if !ok || !p.anchored && strings.Contains(name, "/") {
			return
		}
		want := false
		if !p.anchored {
			want = wildmatch(p.glob, name, plenty())
		} else if rest, ok := strings.CutPrefix(name, p.glob[:p.prefix]); ok { // see matches
			want = wildmatch(p.glob[p.prefix:], rest, plenty())
		}
		if got := p.matches(name, true, plenty()); got != want {
			t.Errorf("%q on %q: %v, want %v", glob, name, got, want)
		}
	})
}

// A glob that can match nothing is found by CheckPattern; all others are globs.
func TestMalformedPatternsAreNamed(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"[a-", "[", "x[!", "[[:nosuch:]]", `a\`, "!dir/[", strings.Repeat("x", MaxGlob+1)} {
		if CheckPattern(bad) == nil {
			t.Errorf("%q is taken for a glob", bad)
		}
	}
	for _, good := range []string{"", "# [", "*.go", "[a-z]", "[]]", "[!a]", "[[:alpha:]]x", `\[`, "/a/**/b/", "!x"} {
		if err := CheckPattern(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}
