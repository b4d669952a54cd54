package lsp

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// sample is a language as a user meets it.
type sample struct {
	file, languageID, head string
	function               string // with NAME for its name
}

func samples() []sample {
	return []sample{
		{"a.go", "go", "package a\n\n", "func NAME() {}\n"},
		{"a.py", "python", "import os\n\n", "def NAME():\n    pass\n"},
		{"a.js", "javascript", "'use strict';\n\n", "function NAME() {}\n"},
		{"a.jsx", "javascriptreact", "\n\n", "function NAME() { return <b>x</b>; }\n"},
		{"a.ts", "typescript", "\n\n", "function NAME(a: number): void {}\n"},
		{"a.tsx", "typescriptreact", "\n\n", "function NAME() { return <b>x</b>; }\n"},
		{"a.c", "c", "#include <stdio.h>\n\n", "int NAME(void) { return 0; }\n"},
	}
}

func (s sample) with(names ...string) string {
	text := s.head
	for _, name := range names {
		text += strings.ReplaceAll(s.function, "NAME", name)
	}
	return text
}

// TestEditSaveClose is the life of a document, in each language: what is typed
// is seen at once, and what is saved is found when the document is closed.
func TestEditSaveClose(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, nil)
		for _, s := range samples() {
			write(t, filepath.Join(dir, s.file), s.with("onDisk"))
		}
		e := start(setup{Cache: t.TempDir()})
		e.initialize(modern(), dir)
		e.progress("end")

		for _, s := range samples() {
			path := filepath.Join(dir, s.file)
			uri := fileURI(path)
			mark := strings.ReplaceAll(s.file, ".", "_")
			first, typed, saved := "first_"+mark, "typed_"+mark, "saved_"+mark

			e.open(uri, s.languageID, s.with(first))
			e.wantOutline(uri, first)
			e.wantFound(first, uri)

			e.change(uri, 2, insert(2, 0, strings.ReplaceAll(s.function, "NAME", typed)))
			e.wantOutline(uri, typed, first)
			e.wantFound(typed, uri)

			write(t, path, s.with(saved, typed, first))
			e.change(uri, 3, insert(2, 0, strings.ReplaceAll(s.function, "NAME", saved)))
			e.save(uri)
			e.wantFound(saved, uri)

			e.close(uri)
			e.wantFound(saved, uri)
			e.wantFound(typed, uri)
			e.wantOutline(uri, saved, typed, first)
		}
		e.leave()
	})
}

// TestOpenMasksDisk: of an open document the buffer counts and the file does not;
// closed without saving, it is the other way round again.
func TestOpenMasksDisk(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	uri := fileURI(filepath.Join(dir, "a.go"))
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.wantFound("onDisk", uri)

	e.open(uri, "go", "package a\nfunc typed() {}\n")
	e.wantFound("typed", uri)
	e.wantFound("onDisk")
	e.close(uri)
	e.wantFound("onDisk", uri)
	e.wantFound("typed")
	e.wantOutline(uri, "onDisk")
}

// TestSaveIsRead: a saved file is read though its document stays open.
func TestSaveIsRead(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc one() {}\n"})
	path := filepath.Join(dir, "a.go")
	e := startHere(t, setup{Cache: t.TempDir()})
	e.initialize(modern(), dir)
	e.progress("end")
	e.open(fileURI(path), "go", "package a\nfunc one() {}\n")
	write(t, path, "package a\nfunc one() {}\nfunc two() {}\n")
	e.save(fileURI(path))
	deadline := time.Now().Add(patience)
	for ask[answers.Status](e, "symcache/status", nil).Symbols != 2 {
		if time.Now().After(deadline) {
			t.Fatalf("not read within %v", patience)
		}
		e.search("one") // waits for what was saved, some time
	}
}

// TestFileGone: a file that is deleted has no symbols, by any way of asking.
func TestFileGone(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc gone() {}\n", "b.go": "package a\nfunc stays() {}\n"})
	path := filepath.Join(dir, "a.go")
	uri := fileURI(path)
	e := startHere(t, setup{Cache: t.TempDir()})
	e.initialize(modern(), dir)
	e.open(uri, "go", "package a\nfunc gone() {}\n")
	e.wantFound("gone", uri)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	e.wantOutline(uri, "gone") // the buffer is there still
	e.close(uri)
	e.wantFound("gone")
	if got := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": uri}}); string(got.Result) != "null" {
		t.Errorf("outline of a file that is gone: %v, want null", got)
	}
	e.wantFound("stays", fileURI(filepath.Join(dir, "b.go")))
}

// P9: documents without a file are answered from memory, touch no disk, and
// are no part of the workspace.
func TestDocumentsWithoutFile(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern())
	for _, uri := range []string{
		"untitled:Untitled-1", "untitled:/new/a.go", "git:/repo/a.go?%7B%22ref%22%3A%22HEAD%22%7D",
		"vscode-notebook-cell:/n.ipynb#W0sZmlsZQ%3D%3D", "deno:/asset/lib.ts", "zipfile:///a.zip::b.go", "file://host/a.go",
	} {
		e.open(uri, "go", "package a\nfunc memory() {}\n")
		e.wantOutline(uri, "memory")
		e.change(uri, 2, insert(1, 5, "inner"))
		e.wantOutline(uri, "innermemory")
		e.save(uri)
		e.wantFound("innermemory")
		e.close(uri)
		if got := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": uri}}); got.code() != -32803 {
			t.Errorf("outline of %s when closed: %v, want RequestFailed", uri, got)
		}
	}
	e.leave()
	wantNoEntries(t, cache)
}

// wantNoEntries checks that a cache holds no summary.
func wantNoEntries(t *testing.T, cache string) {
	t.Helper()
	err := filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(path, ".bin") || strings.HasSuffix(path, ".pack")) {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoOutline: what has none is answered with null, and is no error. A file above the size
// limit has one while it is open.
func TestNoOutline(t *testing.T) {
	t.Parallel()
	big := "package a\nfunc big() {}\n" + strings.Repeat("// filler\n", 1000)
	dir := tree(t, map[string]string{"big.go": big, "a.txt": "text", "bin.go": "package a\x00"})
	e := startHere(t, setup{MaxFileSize: 4096})
	e.initialize(modern(), dir)
	e.open("untitled:1", "brainfuck", "+++")
	e.open("untitled:2", "", "")
	bigURI := fileURI(filepath.Join(dir, "big.go"))
	e.open(bigURI, "go", big)
	for _, uri := range []string{
		"untitled:1", "untitled:2", fileURI(filepath.Join(dir, "a.txt")),
		fileURI(filepath.Join(dir, "bin.go")), fileURI(filepath.Join(dir, "never.go")), fileURI(dir),
	} {
		got := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": uri}})
		if got.Error != nil || string(got.Result) != "null" {
			t.Errorf("outline of %s: %v, want null", uri, got)
		}
	}
	e.wantOutline(bigURI, "big")
	e.wantFound("big", bigURI)
	e.close(bigURI)
	e.wantFound("big")
	if got := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": bigURI}}); string(got.Result) != "null" {
		t.Errorf("outline of a file too large: %v, want null", got)
	}
	// A document without symbols is something else.
	e.open("untitled:3", "go", "package a\n")
	if got := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": "untitled:3"}}); string(got.Result) != "[]" {
		t.Errorf("outline of an empty package: %v, want []", got)
	}
}

// TestOpenTwice: the second one is the document.
func TestOpenTwice(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	e.open("untitled:1", "go", "package a\nfunc one() {}\n")
	e.open("untitled:1", "python", "def two():\n    pass\n")
	e.wantOutline("untitled:1", "two")
	e.close("untitled:1")
	e.close("untitled:1")
	e.open("untitled:1", "go", "package a\nfunc three() {}\n")
	e.wantOutline("untitled:1", "three")
}

// TestOneFileTwoNames: a file opened under two URIs is found once, with what was
// typed last.
func TestOneFileTwoNames(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"real/a.go": "package a\nfunc onDisk() {}\n"})
	if err := os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links:", err)
	}
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	byName, byLink := fileURI(filepath.Join(dir, "real", "a.go")), fileURI(filepath.Join(dir, "link", "a.go"))
	e.open(byName, "go", "package a\nfunc twice() {}\n")
	e.open(byLink, "go", "package a\nfunc twice() {}\n")
	e.wantFound("twice", byLink)
	e.change(byName, 2, insert(1, 0, "// edited\n"))
	e.wantFound("twice", byName)
	e.close(byName)
	e.wantFound("twice", byLink)
	e.close(byLink)
	e.wantFound("onDisk", byName)
}

// TestChangeUnopened: a change to what is not open changes nothing, and a
// position outside of the text means its end.
func TestChangeUnopened(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	e.change("untitled:1", 2, object{"text": "package a\nfunc one() {}\n"})
	e.close("untitled:1")
	e.save("untitled:1")
	e.open("untitled:1", "go", "package a")
	e.change("untitled:1", 2,
		insert(0, 1<<30, "\n"), insert(1<<30, 7, "func two() {}\n"), replace(3, 0, 2, 0, "func three() {}\n"))
	e.wantOutline("untitled:1", "two", "three")
}

// TestChangeLost: after a change that makes no sense the text is not known, and
// there is no outline until the client gives all of it again.
func TestChangeLost(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	uri := fileURI(filepath.Join(dir, "a.go"))
	for name, change := range map[string]object{
		"negative line":     replace(-1, 0, 0, 0, "x"),
		"not a number":      {"range": object{"start": object{"line": "0"}}, "text": "x"},
		"too large":         replace(0, 0, 1<<33, 0, "x"),
		"no text":           {"range": object{"start": object{"line": 0, "character": 0}}},
		"text is no string": {"text": 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startHere(t, setup{})
			e.initialize(modern(), dir)
			e.open(uri, "go", "package a\nfunc one() {}\n")
			e.change(uri, 2, change)
			e.change(uri, 3, insert(1, 0, "\n"))
			params := object{"textDocument": object{"uri": uri}}
			if got := e.request("textDocument/documentSymbol", params); got.code() != -32803 {
				t.Errorf("outline of an unknown text: %v, want RequestFailed", got)
			}
			e.wantFound("one")
			e.change(uri, 4, object{"text": "package a\nfunc two() {}\n"})
			e.wantOutline(uri, "two")
			e.wantFound("two", uri)
		})
	}
}

// P3: what is typed and not saved does not reach
// the cache.
func TestUnsavedTextIsNeverWritten(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	dir := tree(t, map[string]string{"kept.go": "package a\nfunc kept() {}\n"})
	kept, secret := fileURI(filepath.Join(dir, "kept.go")), fileURI(filepath.Join(dir, "secret.go"))
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), dir)
	e.open(kept, "go", "package a\nfunc kept() {}\n")
	e.change(kept, 2, insert(1, 5, "un"))
	e.open(secret, "go", "package a\nfunc secret() {}\n")
	e.change(secret, 2, insert(1, 5, "more"))
	e.wantOutline(kept, "unkept")
	e.wantOutline(secret, "moresecret")
	e.wantFound("moresecret", secret)
	ask[scan.Report](e, "workspace/executeCommand", object{"command": "symcache.warm"})
	e.close(kept)
	e.close(secret)
	e.wantFound("moresecret")
	e.wantFound("unkept")
	e.wantFound("kept", kept)
	e.leave()

	all := everyByte(t, cache)
	if !bytes.Contains(all, []byte("kept")) {
		t.Error("what was saved is not in the cache: this test would not see what was not")
	}
	for _, unsaved := range []string{"unkept", "secret"} {
		if bytes.Contains(all, []byte(unsaved)) {
			t.Errorf("%s was written to the cache", unsaved)
		}
	}
	if diff := cmp.Diff([]string{"kept.go"}, names(t, dir)); diff != "" {
		t.Errorf("files in the workspace (-want +got):\n%s", diff)
	}
}

// everyByte returns the contents of all files below a directory.
func everyByte(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}
