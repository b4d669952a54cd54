package lsp

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// TestExecuteCommand: warm finds what is new, clear empties the cache, status tells.
// Until the client has said "initialized" nothing runs but the commands.
func TestExecuteCommand(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		cache := t.TempDir()
		dir := tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n"})
		e := start(setup{Cache: cache})
		ask[object](e, "initialize", object{"rootUri": fileURI(dir), "capabilities": modern()})
		warm := object{"command": "symcache.warm", "workDoneToken": "mine"}
		if r := ask[scan.Report](e, "workspace/executeCommand", warm); r.Files != 1 || r.Parsed != 1 || r.Symbols != 1 {
			t.Errorf("%+v", r)
		}
		write(t, filepath.Join(dir, "b.go"), "package a\nfunc g() {}\n")
		if r := ask[scan.Report](e, "workspace/executeCommand", warm); r.Files != 2 || r.Parsed != 1 || r.Symbols != 2 {
			t.Errorf("%+v", r)
		}
		cleared := ask[Cleared](e, "workspace/executeCommand", object{"command": "symcache.clear"})
		if cleared.Entries != 2 || cleared.Bytes == 0 {
			t.Errorf("%+v", cleared)
		}
		wantNoEntries(t, cache)
		e.notify("initialized", object{})
		eventually(t, func() bool { return ask[answers.Status](e, "symcache/status", nil).State == "ready" }, "the scan has not ended")
		e.wantFound("g", fileURI(filepath.Join(dir, "b.go")))
		status := ask[answers.Status](e, "workspace/executeCommand", object{"command": "symcache.status", "arguments": []int{1}})
		if status.State != "ready" || status.Files != 2 || status.Scan.Files != 2 || status.Scan.Done != 2 {
			t.Errorf("%+v", status)
		}
		for _, params := range []any{nil, 5, object{}, object{"command": "rm -rf"}, object{"command": "symcache.warm", "arguments": 5}} {
			if m := e.request("workspace/executeCommand", params); m.code() != -32602 {
				t.Errorf("%v: %v, want -32602", params, m)
			}
		}
		e.leave()
		none := start(setup{})
		none.initialize(modern(), dir)
		if m := none.request("workspace/executeCommand", object{"command": "symcache.clear"}); m.code() != -32803 {
			t.Errorf("clear without a cache: %v", m)
		}
		none.leave()
	})
}

// P13: a command reports progress with the client's token, or one of ours,
// and is cancelled as a request and as a progress; what has begun is ended.
func TestCommandReportsProgress(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	defer holdScan(t, cache)()
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n"}))
	e.progress("begin") // of the scan for which the commands wait
	progress := func(token, kind string) {
		t.Helper()
		e.await(kind+" of "+token, func(m message) bool {
			var p struct {
				Token json.RawMessage
				Value struct {
					Kind        string
					Cancellable bool
				}
			}
			return m.Method == "$/progress" && json.Unmarshal(m.Params, &p) == nil && string(p.Token) == token &&
				p.Value.Kind == kind && (kind != "begin" || p.Value.Cancellable)
		})
	}
	for _, token := range []string{`"mine"`, `7`} {
		id := e.call("workspace/executeCommand", object{"command": "symcache.warm", "workDoneToken": json.RawMessage(token)})
		progress(token, "begin")
		e.notify("window/workDoneProgress/cancel", object{"token": json.RawMessage(token)})
		if m := e.reply(id); m.code() != -32800 {
			t.Errorf("progress %s cancelled: %v, want -32800", token, m)
		}
		progress(token, "end")
	}
	id := e.call("workspace/executeCommand", object{"command": "symcache.warm"})
	progress(`"symcache/2"`, "begin")
	e.notify("$/cancelRequest", object{"id": json.RawMessage(id)})
	if m := e.reply(id); m.code() != -32800 {
		t.Errorf("request cancelled: %v, want -32800", m)
	}
	progress(`"symcache/2"`, "end")
	for _, token := range []any{nil, "no such", 5.5, object{}} {
		e.notify("window/workDoneProgress/cancel", object{"token": token})
	}
	id = e.call("workspace/executeCommand", object{"command": "symcache.warm"})
	progress(`"symcache/3"`, "begin")
	e.call("shutdown", nil)
	if m := e.reply(id); m.code() != -32800 {
		t.Errorf("server shut down: %v, want -32800", m)
	}
	e.notify("exit", nil)
	if code := e.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// P12: a symbol found some time ago is where it is now.
func TestResolveFindsTheSymbolAgain(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a b.go": "package a\n\nfunc f() {}\n\nvar g int\n"})
	path := filepath.Join(dir, "a b.go")
	uri := fileURI(dir) + "/a%20b.go"
	c := modern()
	symbol := object{"resolveSupport": object{"properties": []string{"location.range"}}}
	for name, value := range c["workspace"].(object)["symbol"].(object) {
		symbol[name] = value
	}
	c["workspace"].(object)["symbol"] = symbol
	e := startHere(t, setup{})
	if got := string(e.initialize(c, dir).Capabilities.WorkspaceSymbolProvider); !strings.Contains(got, `"resolveProvider":true`) {
		t.Errorf("workspaceSymbolProvider: %s", got)
	}
	e.progress("end")
	found := e.search("f")
	if len(found) != 1 || found[0].Location.Range == nil {
		t.Fatalf("%+v", found)
	}
	write(t, path, "package a\n\nvar f int\n\n// moved\nfunc f() {}\n")
	resolve := func(name string, location object) workspaceSymbol {
		t.Helper()
		return ask[workspaceSymbol](e, "workspaceSymbol/resolve", object{"name": name, "kind": kindFunction, "location": location, "data": 5})
	}
	for _, location := range []object{{"uri": uri, "range": found[0].Location.Range.asJSON()}, {"uri": uri}} {
		got := resolve("f", location)
		if want := (jsonRange{jsonPosition{5, 5}, jsonPosition{5, 6}}); got.Location.Range == nil || *got.Location.Range != want || got.Location.URI != uri {
			t.Errorf("resolved: %+v, want it at %v", got.Location, want)
		}
	}
	e.open(uri, "go", "package a\nfunc f() {}\n")
	if got := resolve("f", object{"uri": uri}); got.Location.Range == nil || got.Location.Range.Start.Line != 1 {
		t.Errorf("resolved in the document: %+v", got.Location)
	}
	if got := resolve("gone", object{"uri": uri}); got.Location.URI != uri || got.Location.Range != nil {
		t.Errorf("resolved what is gone: %+v", got)
	}
	for _, params := range []any{5, object{"name": 5}, object{"location": object{"uri": 5}}} {
		if m := e.request("workspaceSymbol/resolve", params); m.code() != -32602 {
			t.Errorf("%v: %v, want -32602", params, m)
		}
	}
}

func (r *jsonRange) asJSON() object {
	return object{
		"start": object{"line": r.Start.Line, "character": r.Start.Character},
		"end":   object{"line": r.End.Line, "character": r.End.Character},
	}
}

// P5, P17: the log goes to the client by its level, traces when asked for.
func TestLogAndTraceGoToTheClient(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		e := start(setup{})
		e.initializeWith(object{
			"capabilities": without("window"), "trace": "messages", "initializationOptions": object{"logLevel": "debug", "limit": 0},
			"rootUri": fileURI(t.TempDir()),
		})
		logged := func(text string, kind string) {
			t.Helper()
			e.await(text, func(m message) bool {
				return m.Method == "window/logMessage" && strings.Contains(string(m.Params), text) && strings.Contains(string(m.Params), `"type":`+kind+`,`)
			})
		}
		logged("scan done", "3")
		e.notify("no/such", nil)
		logged("notification ignored method=no/such", "4")
		e.change("untitled:none", 1, insert(0, 0, "x"))
		logged("is not open", "2")
		traced := func(text string) {
			t.Helper()
			e.await(text, func(m message) bool { return m.Method == "$/logTrace" && strings.Contains(string(m.Params), text) })
		}
		e.request("symcache/status", nil)
		traced("symcache/status 2 answered in")
		e.notify("$/setTrace", object{"value": "verbose"})
		e.request("workspace/symbol", object{"query": "needle"})
		traced("needle")
		e.notify("$/setTrace", object{"value": "off"})
		e.notify("$/setTrace", object{"value": "loud"})
		e.request("symcache/status", nil)
		e.notify("workspace/didChangeConfiguration", object{"settings": object{"logLevel": "off"}})
		e.notify("no/such", nil)
		e.request("symcache/status", nil)
		e.leave()
		for _, m := range e.received() {
			t.Errorf("unasked for: %v", m)
		}
	})
}

// P7: a server whose client's process has ended ends, though something
// holds its input open; one that cannot see the process at all does not.
func TestServerEndsWithItsParent(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		parent := exec.Command(os.Args[0], "-test.run=^$")
		parent.Env = append(os.Environ(), asServer+"={}") // it waits for messages
		hold, err := parent.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := parent.Start(); err != nil {
			t.Fatal(err)
		}
		e := start(setup{})
		ask[any](e, "initialize", object{"processId": parent.Process.Pid, "capabilities": object{}})
		e.notify("initialized", object{})
		if err := hold.Close(); err != nil {
			t.Fatal(err)
		}
		_ = parent.Wait() // its exit code is none of ours
		if code := e.wait(); code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}

		gone := start(setup{})
		ask[any](gone, "initialize", object{"processId": parent.Process.Pid, "capabilities": object{}})
		gone.notify("initialized", object{})
		gone.leave()
	})
}
