package resolve

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// TestLocalsAreThoseOfGoTypes compares what names of Go's standard library mean with what
// go/types says: which names are bound in the document, and where.
func TestLocalsAreThoseOfGoTypes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("type-checks some packages")
	}
	extractor := symbols.NewExtractor(1)
	engine := NewEngine()
	lang := languageOf(t, "x.go")
	var total, right, wrong, silent, others, misled int
	for _, name := range []string{"net/http", "go/types", "encoding/json", "runtime", "text/template", "slices", "maps"} {
		pkg, err := build.Import(name, ".", 0)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		var files []*ast.File
		texts := map[string][]byte{}
		for _, file := range pkg.GoFiles {
			path := filepath.Join(pkg.Dir, file)
			parsed, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, parsed)
			texts[path] = read(t, path)
		}
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}}
		config := types.Config{Error: func(error) {}, Importer: noImporter{}, FakeImportC: true}
		checked, _ := config.Check(name, fset, files, info)
		named := map[string]*Names{}
		for path, text := range texts {
			tree, err := extractor.Tree(t.Context(), lang, text)
			if err != nil {
				t.Fatal(err)
			}
			names, err := engine.Names(t.Context(), Document{&lang.Names, text, tree})
			if err != nil {
				t.Fatal(err)
			}
			named[path] = names
		}
		for ident, object := range info.Uses {
			at := fset.Position(ident.Pos())
			got := named[at.Filename].At(Span{uint32(at.Offset), uint32(at.Offset + len(ident.Name))})
			v, isVar := object.(*types.Var)
			local := object.Parent() != nil && object.Parent() != types.Universe && object.Parent() != checked.Scope() &&
				!(isVar && v.IsField()) && object.Pkg() == checked
			if _, ok := object.(*types.PkgName); ok {
				local = false
			}
			if local {
				total++
				want := fset.Position(object.Pos())
				switch {
				case got.Kind != Local && got.Kind != Top:
					silent++
					if silent < 12 {
						t.Logf("silent %s: %s: kind %d, want %s", at, ident.Name, got.Kind, want)
					}
				case int(got.Bindings[0].Name.Start) == want.Offset || fset.Position(object.Pos()).Line == lineOf(texts[at.Filename], got.Bindings[0].Name.Start):
					right++
				default:
					wrong++
					if wrong < 12 {
						t.Logf("wrong %s: %s: want %s got line %d", at, ident.Name, want, lineOf(texts[at.Filename], got.Bindings[0].Name.Start))
					}
				}
			} else {
				others++
				if got.Kind == Local {
					misled++
					if misled < 12 {
						t.Logf("misled %s: %s: %v", at, ident.Name, object)
					}
				}
			}
		}
	}
	t.Logf("%d locals: right %d, wrong %d, silent %d; %d others: misled %d", total, right, wrong, silent, others, misled)
	if total < 50_000 || right*1000 < total*999 || misled*10_000 > others {
		t.Error("right is less than 99.9 % of the locals, or more than 0.01 % of the others are taken for locals")
	}
}

type noImporter struct{}

func (noImporter) Import(path string) (*types.Package, error) { return nil, errors.New("not imported") }
