package ignore

import (
	"slices"
	"strings"
	"testing"
)

// left returns which of some paths of directories, and of files, which end in ".go", are
// not ignored, nor lie in a directory that is.
func left(t *testing.T, text string, paths ...string) (left []string) {
	t.Helper()
	top, err := Defaults(nil)
	if err != nil {
		t.Fatal(err)
	}
	top, err = top.Top().With([]byte(text), &Source{Of: OfSetting})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		d, ignored := top, false
		names := strings.Split(path, "/")
		for i, name := range names {
			ignored = ignored || d.Ignored(name, i < len(names)-1 || !strings.HasSuffix(name, ".go"))
			d = d.Enter(name)
		}
		if !ignored {
			left = append(left, path)
		}
	}
	return left
}

func TestConeHasItsDirectoriesAndTheFilesAboveThem(t *testing.T) {
	t.Parallel()
	patterns, err := ConeOf([]string{"pkg/api/", "cmd", "cmd/tool", "a b/[x]"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"top.go", "cmd", "cmd/tool", "cmd/x/y.go", "pkg", "pkg/p.go", "pkg/api", "pkg/api/v1/types.go", "a b", "a b/[x]/z.go"}
	others := []string{"pkg/other", "pkg/other/p.go", "doc", "doc/cmd/x.go", "a b/x", "pkg/x/api/v.go"}
	if got := left(t, strings.Join(patterns, "\n"), append(slices.Clone(want), others...)...); !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
	for _, all := range [][]string{nil, {"."}, {"cmd", "./"}} {
		if patterns, err := ConeOf(all); len(patterns) > 0 || err != nil {
			t.Errorf("the cone of %q has the patterns %q, %v", all, patterns, err)
		}
	}
	for _, bad := range []string{"/etc", "..", "../x", "a/../../b", "x\ny"} {
		if patterns, err := ConeOf([]string{bad, "cmd"}); err == nil || len(patterns) != 2 {
			t.Errorf("%q: %q, %v", bad, patterns, err)
		}
	}
}

func TestSparseCheckoutLeavesOutWhatItsConeDoesNotHave(t *testing.T) {
	t.Parallel()
	inverted, ok := LeftOutBySparse([]byte("# cone\n/*\n!/*/\n/pkg/\n!/pkg/*/\n/pkg/api/\n/cmd/\n/odd\\*name/\n"))
	if !ok {
		t.Fatal("it is no cone")
	}
	want := []string{"top.go", "cmd/x/y.go", "pkg/p.go", "pkg/api/v1/types.go"}
	if got := left(t, string(inverted), append(slices.Clone(want), "pkg/other/p.go", "doc/d.go")...); !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
	for _, text := range []string{"*.md\n", "docs/\n", "/*\n!unwanted\n", "/a*/\n", "/docs\n"} {
		if _, ok := LeftOutBySparse([]byte(text)); ok {
			t.Errorf("%q is taken for a cone", text)
		}
	}
}

// A rule says where it stands. What git's rules ignore may be asked for without them.
func TestMatchNamesTheRule(t *testing.T) {
	t.Parallel()
	d, err := Defaults([]string{"one", "two/"})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = d.WithSetting([]string{"*.pb.go"}); err != nil {
		t.Fatal(err)
	}
	d, err = d.Top().With([]byte("# comment\n\n*.o \r\nlib/\n*.pb.go\n!keep.o\n"), &Source{Of: OfGit, File: "/x/.gitignore"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		dir        bool
		file, text string
		line       int
		without    string // git's rules
	}{
		{name: "a.o", file: "/x/.gitignore", line: 3, text: "*.o"},
		{name: "lib", dir: true, file: "/x/.gitignore", line: 4, text: "lib/"},
		{name: "two", dir: true, line: 2, text: "two/", without: "two/"},
		{name: "a.pb.go", file: "/x/.gitignore", line: 5, text: "*.pb.go", without: "*.pb.go"},
		{name: "keep.o"},
		{name: "lib"},
	} {
		by, err := d.Match(test.name, test.dir)
		if err != nil {
			t.Fatal(err)
		}
		if by == nil {
			if test.text != "" {
				t.Errorf("%s is not ignored", test.name)
			}
			continue
		}
		if by.From.File != test.file || by.Line != test.line || by.Text != test.text {
			t.Errorf("%s is ignored by %q, line %d: %q", test.name, by.From.File, by.Line, by.Text)
		}
		without, err := d.MatchWithoutGit(test.name, test.dir)
		if err != nil || (without == nil) != (test.without == "") || without != nil && without.Text != test.without {
			t.Errorf("%s is ignored without git's rules by %v, %v", test.name, without, err)
		}
	}
}

// FuzzSparse: whatever the text, it is inverted line by line.
func FuzzSparse(f *testing.F) {
	f.Add([]byte("/*\n!/*/\n/a/\n!/a/*/\n"))
	f.Add([]byte("/a\\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		inverted, ok := LeftOutBySparse(text)
		if ok && strings.Count(string(inverted), "\n") > strings.Count(string(text), "\n") {
			t.Errorf("%q has more lines than %q", inverted, text)
		}
	})
}
