package lsp

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/workspace"
)

// hang makes the file system of some folders hang until it is let go. It is called before
// the editor says anything.
func (e *editor) hang(t *testing.T, folders ...string) (letGo func()) {
	hung := make(chan struct{})
	letGo = sync.OnceFunc(func() { close(hung) })
	t.Cleanup(letGo)
	e.server.asked.Canonical = func(dir string) (string, error) {
		if slices.Contains(folders, dir) {
			<-hung
		}
		return workspace.Canonical(dir)
	}
	return letGo
}

// initialize, cancellation, open documents and exit wait for no disk: a mount that hangs
// holds up what is on it, and nothing else.
func TestHungFolderHoldsUpNothing(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	e := startHere(t, setup{})
	e.hang(t, dir) // for ever
	e.server.stopWait = 50 * time.Millisecond
	e.initialize(modern(), dir)
	uri := fileURI(filepath.Join(dir, "a.go"))
	e.open(uri, "go", "package a\nfunc typed() {}\n")
	e.wantOutline(uri, "typed")
	e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{"removed": []object{{"uri": fileURI(dir), "name": "x"}}}})
	e.notify("workspace/didChangeConfiguration", object{"settings": object{"symcache": object{"limit": 7}}})
	e.save(uri)
	waiting := e.call("workspace/symbol", object{"query": "onDisk"}) // cold is not empty
	e.notify("$/cancelRequest", object{"id": waiting})
	e.send(`"other"`, "symcache/status", nil)
	e.reply(`"other"`)
	// The id of a cancellation is a number here.
	e.write(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + waiting + `}}`)
	if m := e.reply(waiting); m.code() != -32800 {
		t.Errorf("a cancelled search: %v", m)
	}
	e.leave()
}

// A search that comes before the folders are known waits for them, and one folder that
// hangs does not keep the others out. It is named, and comes when its file system answers.
func TestHungFolderComesLater(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"good/a.go": "package a\nfunc inGood() {}\n", "bad/b.go": "package b\nfunc inBad() {}\n"})
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	e := startHere(t, setup{})
	letGo := e.hang(t, bad)
	e.server.asked.Waits.Folder = 50 * time.Millisecond
	e.initialize(modern(), bad, good)
	// What an open document has is no reason not to wait.
	unsaved := fileURI(filepath.Join(good, "unsaved.go"))
	e.open(unsaved, "go", "package a\nfunc inGood() {}\n")
	e.wantFound("inGood", fileURI(filepath.Join(good, "a.go")), unsaved)
	e.progress("end")
	report := ask[answers.Status](e, "symcache/status", nil).Scan.Report
	if report == nil || len(report.Failures) != 1 || report.Failures[0].Path != bad {
		t.Errorf("the folder that hangs is not named: %+v", report)
	}
	letGo()
	e.wantEventually("inBad")
}

// wantEventually waits until a symbol is found.
func (e *editor) wantEventually(name string) {
	e.t.Helper()
	for deadline := time.Now().Add(patience); len(e.search(name)) == 0; {
		if time.Now().After(deadline) {
			e.t.Fatalf("%s is not found", name)
		}
	}
}

// A file does not rank higher for being open: what is vendored or generated comes last.
func TestOpenVendoredFileRanksLast(t *testing.T) {
	t.Parallel()
	text := "package a\nfunc Ranked() {}\n"
	dir := tree(t, map[string]string{"zz.go": text, "vendor/x.go": text, "a_gen.go": text})
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.progress("end")
	order := func() (names []string) {
		for _, s := range e.search("Ranked") {
			names = append(names, filepath.Base(s.Location.URI))
		}
		return names
	}
	closed := order()
	for _, name := range []string{"vendor/x.go", "a_gen.go"} {
		e.open(fileURI(filepath.Join(dir, name)), "go", text)
	}
	if open := order(); !slices.Equal(open, closed) || len(open) != 3 || open[0] != "zz.go" {
		t.Errorf("open: %v, closed: %v", open, closed)
	}
	// The rank follows the roots.
	e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{
		"added":   []object{{"uri": fileURI(filepath.Join(dir, "vendor")), "name": "x"}},
		"removed": []object{{"uri": fileURI(dir), "name": "x"}},
	}})
	for deadline := time.Now().Add(patience); ; {
		if got := order(); len(got) > 0 && got[0] == "x.go" {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("as a root of its own: %v", got)
		}
	}
}
