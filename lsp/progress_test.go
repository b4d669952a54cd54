package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/answers"
)

// holdScan keeps scans of new contents from ending until release is called: it
// holds the locks under which contents are parsed, as another process would.
func holdScan(t *testing.T, cache string) (release func()) {
	t.Helper()
	store, err := cachestore.Open(cache, cachestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	shards := make([]byte, 256)
	for i := range shards {
		shards[i] = byte(i)
	}
	unlock, err := store.LockShards(context.Background(), shards)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

// TestColdIsNotEmpty: an answer that would be empty waits for the scan; one that
// is not does not.
func TestColdIsNotEmpty(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		cache := t.TempDir()
		dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
		release := holdScan(t, cache)
		e := start(setup{Cache: cache})
		e.initialize(modern(), dir)
		e.progress("begin")
		if s := ask[answers.Status](e, "symcache/status", nil); s.State != "scanning" || s.Scan.Report != nil {
			t.Errorf("status during the scan: %+v", s)
		}
		e.open("file:///nowhere/b.go", "go", "package b\nfunc typed() {}\n")
		e.wantFound("typed", "file:///nowhere/b.go")

		asked := e.call("workspace/symbol", object{"query": "onDisk"})
		e.progress("report") // time passes
		canonical, err := filepath.EvalSymlinks(dir)
		if err != nil {
			t.Fatal(err)
		}
		want := &answers.ScanNow{Roots: []string{canonical}, Files: 1}
		if diff := cmp.Diff(want, ask[answers.Status](e, "symcache/status", nil).Scan.Now); diff != "" {
			t.Error(diff)
		}
		release()
		var found []workspaceSymbol
		if err := json.Unmarshal(e.reply(asked).Result, &found); err != nil || len(found) != 1 {
			t.Errorf("asked during the scan: %+v, %v", found, err)
		}
		e.progress("end")
		s := ask[answers.Status](e, "symcache/status", nil)
		if s.State != "ready" || s.Files != 1 || s.Symbols != 1 || s.Open != 1 || s.Version != "1.2.3" || s.Cache == "" {
			t.Errorf("status after the scan: %+v", s)
		}
		if r := s.Scan.Report; r == nil || r.Files != 1 || r.Parsed != 1 || s.Scan.Done != 1 || s.Scan.Files != 1 {
			t.Errorf("scan: %+v", s.Scan)
		}
		e.leave()
	})
}

// TestColdAnswersSoon: what is read meanwhile is an answer before the scan ends.
func TestColdAnswersSoon(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	defer holdScan(t, cache)()
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), dir)
	asked := e.call("workspace/symbol", object{"query": "onDisk"})
	e.progress("report") // time passes
	e.notify("workspace/didChangeWatchedFiles", object{"changes": []object{{"uri": fileURI(filepath.Join(dir, "a.go")), "type": 2}}})
	var found []workspaceSymbol
	if err := json.Unmarshal(e.reply(asked).Result, &found); err != nil || len(found) != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
}

// TestColdWaitEnds: the wait for the scan is bounded.
func TestColdWaitEnds(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	defer holdScan(t, cache)()
	const wait = 500 * time.Millisecond
	e := startHere(t, setup{Cache: cache, EmptyWait: wait})
	e.initialize(modern(), dir)
	begin := time.Now()
	if got := e.search("onDisk"); len(got) != 0 {
		t.Errorf("found before the scan: %+v", got)
	}
	if waited := time.Since(begin); waited < wait {
		t.Errorf("answered after %v, want not before %v", waited, wait)
	}
}

// Law 6: requests that wait for the scan, however many, hold up no
// other request.
func TestWaitingRequestsHoldUpNoOther(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	release := holdScan(t, cache)
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), dir)
	var waiting []string
	for range 4 * answers.MaxConcurrent {
		waiting = append(waiting, e.call("workspace/symbol", object{"query": "onDisk"}))
	}
	e.wantOutline(fileURI(filepath.Join(dir, "a.go")), "onDisk")
	for _, m := range e.received() {
		if m.ID != nil && m.Method == "" {
			t.Fatalf("answered before the scan, so that nothing was waited for: %v", m)
		}
	}
	release()
	for _, id := range waiting {
		var found []workspaceSymbol
		if m := e.reply(id); json.Unmarshal(m.Result, &found) != nil || len(found) != 1 {
			t.Errorf("after the scan: %v", m)
		}
	}
}

// P13: create, begin, report, end, in this order, with one token.
func TestProgressOfTheFirstScan(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	release := holdScan(t, cache)
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
	var created struct{ Token string }
	e.await("the request to create a progress", func(m message) bool {
		return m.Method == "window/workDoneProgress/create" && json.Unmarshal(m.Params, &created) == nil
	})
	var kinds []string
	for {
		var p struct {
			Token string
			Value progressValue
		}
		e.await("progress", func(m message) bool {
			return m.Method == "$/progress" && json.Unmarshal(m.Params, &p) == nil
		})
		if p.Token != created.Token || created.Token == "" {
			t.Errorf("token %q, created %q", p.Token, created.Token)
		}
		if p.Value.Kind == "begin" && p.Value.Title == "" {
			t.Error("begin without a title")
		}
		if p.Value.Percentage != nil && (*p.Value.Percentage < 0 || *p.Value.Percentage > 100) {
			t.Errorf("%d %%", *p.Value.Percentage)
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != p.Value.Kind {
			kinds = append(kinds, p.Value.Kind)
		}
		if p.Value.Kind == "report" && release != nil {
			release()
			release = nil
		}
		if p.Value.Kind == "end" {
			break
		}
	}
	if len(kinds) != 3 || kinds[0] != "begin" || kinds[1] != "report" {
		t.Errorf("kinds %q", kinds)
	}
	e.notify("window/workDoneProgress/cancel", object{"token": created.Token}) // too late, and no harm
	e.leave()
}

// P13: a client that knows no progress gets none, and one that
// does not answer has its scan all the same.
func TestNoProgressForClientsWithout(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	e := startHere(t, setup{})
	e.initialize(without("window"), dir)
	e.wantFound("onDisk", fileURI(filepath.Join(dir, "a.go")))
	e.leave()
	if got := e.received(); len(got) != 0 {
		t.Errorf("unasked for: %v", got)
	}

	quiet := startHere(t, setup{})
	quiet.mute()
	quiet.initialize(modern(), dir)
	quiet.wantFound("onDisk", fileURI(filepath.Join(dir, "a.go")))
	// Nor does anything else wait for it: other folders, and the end of a command.
	for i := range 3 {
		name := fmt.Sprint("inFolder", i)
		folder := fileURI(tree(t, map[string]string{"b.go": "package b\nfunc " + name + "() {}\n"}))
		quiet.notify("workspace/didChangeWorkspaceFolders", object{"event": object{
			"added": []object{{"uri": folder, "name": name}}, "removed": []object{},
		}})
		quiet.wantFound(name, folder+"/b.go")
	}
	if m := quiet.reply(quiet.call("workspace/executeCommand", object{"command": "symcache.warm"})); m.Error != nil {
		t.Error(m)
	}
	quiet.leave()
	for _, m := range quiet.received() {
		if m.Method == "$/progress" {
			t.Errorf("progress that was not agreed on: %v", m)
		}
	}
}

// P13: a client that refuses the progress gets none.
func TestRefusedProgressIsNotSent(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	e := startHere(t, setup{})
	e.mute()
	e.initialize(modern(), dir)
	create := e.await("create", func(m message) bool { return m.Method == "window/workDoneProgress/create" })
	e.write(`{"jsonrpc":"2.0","id":` + string(create.ID) + `,"error":{"code":-32603,"message":"no"}}`)
	e.wantFound("onDisk", fileURI(filepath.Join(dir, "a.go")))
	e.leave()
	if got := e.received(); len(got) != 0 {
		t.Errorf("unasked for: %v", got)
	}
}

// TestSettings: initializationOptions hold, and those that are wrong do not keep
// the server from starting.
func TestSettings(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"a.go": "package a\nfunc f1() {}\nfunc f2() {}\nfunc f3() {}\n", "gen/b.go": "package a\nfunc generated() {}\n",
	})
	e := startHere(t, setup{})
	e.initializeWith(object{
		"rootUri": fileURI(dir), "capabilities": modern(),
		"initializationOptions": object{"limit": 2, "exclude": []string{"gen/"}},
	})
	e.progress("end")
	if got := e.search("f"); len(got) != 2 {
		t.Errorf("%d symbols, want 2", len(got))
	}
	e.wantFound("generated")

	for _, options := range []any{nil, "x", []int{1}, object{"limit": "many", "maxFileSize": -1}, object{"limit": 1 << 40}} {
		e := startHere(t, setup{})
		e.initializeWith(object{"rootUri": fileURI(dir), "capabilities": modern(), "initializationOptions": options})
		e.wantFound("generated", fileURI(filepath.Join(dir, "gen", "b.go")))
		if options != nil {
			e.await("the warning", func(m message) bool {
				return m.Method == "window/logMessage" && strings.Contains(string(m.Params), "initializationOptions are partly ignored")
			})
		}
	}
}
