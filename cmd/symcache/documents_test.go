package main

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write into testdata/PITFALLS.md which tests hold what")

// The last column of testdata/PITFALLS.md has the tests that cite a pitfall's number, in their comment or their name,
// and perhaps other tests and files; -update writes it. Each pitfall is held by something that exists.
func TestPitfallsNameWhatHoldsThem(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	path := filepath.Join(root, "testdata", "PITFALLS.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known, citing := testsOf(t, root)
	var out strings.Builder
	pitfalls := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !regexp.MustCompile(`^ [A-Z]\d+ $`).MatchString(cells[1]) {
			out.WriteString(line)
			continue
		}
		pitfalls++
		number := strings.TrimSpace(cells[1])
		holders := citing[number]
		for name := range strings.SplitSeq(cells[4], ",") {
			name = strings.TrimSpace(name)
			found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(name)))
			if slices.Contains(known, name) || name != "" && !strings.HasPrefix(name, "Test") && err == nil && len(found) > 0 {
				holders = append(holders, name)
			}
		}
		slices.Sort(holders)
		holders = slices.Compact(holders)
		if len(holders) == 0 {
			t.Errorf("%s is held by nothing that exists: %s", number, strings.TrimSpace(cells[4]))
		}
		cells[4] = " " + strings.Join(holders, ", ") + " "
		out.WriteString(strings.Join(cells, "|"))
	}
	if pitfalls < 60 {
		t.Errorf("%d pitfalls were found: this test no longer knows their form", pitfalls)
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(text), out.String()); diff != "" {
		t.Errorf("go test ./cmd/symcache -run Pitfalls -update (-testdata/PITFALLS.md +tests):\n%s", diff)
	}
}

// testsOf returns the names of all tests, and those that cite the number of a pitfall.
func testsOf(t *testing.T, root string) (known []string, citing map[string][]string) {
	t.Helper()
	citing = make(map[string][]string)
	number := regexp.MustCompile(`\b[SWPBT]\d{1,2}\b`)
	inName := regexp.MustCompile(`^Test((?:[SWPBT]\d{1,2})+)[A-Z]`)
	for _, dir := range []string{"cmd/symcache", "lsp", "watcher", "cachestore"} {
		err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(dir)), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			beside := make(map[int]string) // by line
			for _, c := range file.Comments {
				beside[files.Position(c.Pos()).Line] = c.Text()
			}
			for _, declaration := range file.Decls {
				f, ok := declaration.(*ast.FuncDecl)
				if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
					continue
				}
				known = append(known, f.Name.Name)
				cited := number.FindAllString(f.Doc.Text()+" "+beside[files.Position(f.Pos()).Line], -1)
				if m := inName.FindStringSubmatch(f.Name.Name); m != nil {
					cited = append(cited, regexp.MustCompile(`[A-Z]\d+`).FindAllString(m[1], -1)...)
				}
				for _, n := range cited {
					citing[n] = append(citing[n], f.Name.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return known, citing
}
