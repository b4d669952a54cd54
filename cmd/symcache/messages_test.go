package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a log line says is a constant text, and what it is about stands in its members: 'symcache bug' shows the first
// and hides the second. A message may be made of constants with a word between them that a parameter "doing" names.
func TestLogMessagesAreConstant(t *testing.T) {
	t.Parallel()
	var constant func(e ast.Expr) bool
	constant = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.BasicLit:
			return e.Kind == token.STRING
		case *ast.Ident:
			return e.Name == "doing"
		case *ast.BinaryExpr:
			return constant(e.X) && constant(e.Y)
		}
		return false
	}
	calls := 0
	files := token.NewFileSet()
	for _, dir := range []string{"cmd/symcache", "lsp", "watcher", "cachestore"} {
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(dir)), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 || !logs(call.Fun) {
					return true
				}
				calls++
				if !constant(call.Args[0]) {
					t.Errorf("%s: a message that is not constant", files.Position(call.Pos()))
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if calls < 40 {
		t.Errorf("%d calls of loggers were found: this test no longer knows them", calls)
	}
}

// logs reports whether a function is a method by which a logger is told something: x.log.Warn, Logger.Info, logger().Debug.
func logs(function ast.Expr) bool {
	method, ok := function.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, method.Sel.Name) {
		return false
	}
	of := method.X
	if call, ok := of.(*ast.CallExpr); ok {
		of = call.Fun
	}
	name := ""
	switch of := of.(type) {
	case *ast.SelectorExpr:
		name = of.Sel.Name
	case *ast.Ident:
		name = of.Name
	}
	return slices.Contains([]string{"log", "logger", "plain"}, strings.ToLower(name))
}
