package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/lsp/answers"
)

// P1: whatever comes before initialize is refused, or dropped
// where nothing may be answered; initialize is answered at once and first.
func TestRequestsBeforeInitializeAreRefused(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		cache := t.TempDir()
		defer holdScan(t, cache)() // a scan that never ends, should anyone wait for it
		e := start(setup{Cache: cache})
		for _, method := range []string{"textDocument/documentSymbol", "workspace/symbol", "shutdown", "no/such", "symcache/status"} {
			if got := e.request(method, object{}); got.code() != -32002 {
				t.Errorf("%s before initialize: %v, want -32002", method, got)
			}
		}
		e.open("untitled:1", "go", "package a\nfunc early() {}\n")
		e.notify("initialized", object{})
		if got := e.request("initialize", object{"capabilities": 5}); got.code() != -32602 {
			t.Errorf("initialize with wrong params: %v, want -32602", got)
		}
		result := e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
		if result.ServerInfo.Name != "symcache" || result.ServerInfo.Version != "1.2.3" {
			t.Errorf("serverInfo: %+v", result.ServerInfo)
		}
		if string(result.Capabilities.WorkspaceSymbolProvider) != "true" || result.Capabilities.DocumentSymbolProvider == nil {
			t.Errorf("capabilities: %+v", result.Capabilities)
		}
		var sync struct {
			OpenClose, Save bool
			Change          int
		}
		if err := json.Unmarshal(result.Capabilities.TextDocumentSync, &sync); err != nil || !sync.OpenClose || !sync.Save || sync.Change != 2 {
			t.Errorf("textDocumentSync: %s, %v", result.Capabilities.TextDocumentSync, err)
		}
		if got := e.request("initialize", object{"capabilities": object{}}); got.code() != -32600 {
			t.Errorf("second initialize: %v, want -32600", got)
		}
		if s := ask[answers.Status](e, "symcache/status", nil); s.Open != 0 {
			t.Errorf("document opened before initialize: %+v", s)
		}
	})
}

// P1: the first message of a server is the response to
// initialize.
func TestInitializeIsAnsweredFirst(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.call("initialize", object{"capabilities": modern()})
	first := e.await("any message", func(message) bool { return true })
	if string(first.ID) != "1" || first.Result == nil {
		t.Errorf("first message: %v", first)
	}
}

// P4: a request that is cancelled is answered, at once, with -32800;
// one that is not there or done is not; ids are numbers or strings.
func TestCancelledRequestIsAnswered(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		cache := t.TempDir()
		release := holdScan(t, cache)
		e := start(setup{Cache: cache})
		e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
		for _, id := range []string{`7000`, `"7000"`, `"ä"`, `-1`} {
			e.send(id, "workspace/symbol", object{"query": "onDisk"})
			e.notify("$/cancelRequest", object{"id": json.RawMessage(`"another"`)})
			e.notify("$/cancelRequest", object{"id": json.RawMessage(id)})
			if got := e.reply(id); got.code() != -32800 {
				t.Errorf("cancelled request %s: %v, want -32800", id, got)
			}
			e.notify("$/cancelRequest", object{"id": json.RawMessage(id)})
		}
		for _, params := range []any{nil, 5, object{}, object{"id": nil}, object{"id": object{}}, object{"id": 1.5}} {
			e.notify("$/cancelRequest", params)
		}
		release()
		e.progress("end")
		if got := e.search("onDisk"); len(got) != 1 {
			t.Errorf("after all that: %+v", got)
		}
		e.leave()
		if got := e.received(); len(got) > 0 && got[len(got)-1].ID != nil {
			t.Errorf("more answers than requests: %v", got)
		}
	})
}

// call is a request to be made.
type call struct {
	method string
	params object
}

// callsAt returns a request of each kind, about a place where they are about one.
func callsAt(uri string, line, character int) []call {
	position := object{"line": line, "character": character}
	at := object{"textDocument": object{"uri": uri}, "position": position, "positions": []object{position}}
	calls := []call{
		{"workspace/symbol", object{"query": "typed"}},
		{"workspace/executeCommand", object{"command": "symcache.status"}},
		{"workspace/executeCommand", object{"command": "symcache.warm"}},
		{"symcache/status", nil},
		{"symcache/resume", object{}},
		{"workspaceSymbol/resolve", object{"name": "onDisk", "kind": kindFunction, "location": object{"uri": uri}}},
	}
	for _, f := range features() {
		if f.name != answers.FeatureWorkspaceSymbol {
			calls = append(calls, call{f.method, at})
		}
	}
	return calls
}

// P4: 1,000 requests of all kinds at once, some of them cancelled, while a
// document is edited and folders and settings change: each is answered once, with a
// result or as cancelled.
func TestStormOfRequestsAndCancellations(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n", "b/b.go": "package b\nfunc onDisk() {}\n"})
	uri := fileURI(filepath.Join(dir, "a.go"))
	e := startHere(t, setup{Cache: t.TempDir()})
	e.initialize(dynamic(), dir)
	e.open(uri, "go", "package a\n")
	requests := callsAt(uri, 1, 6)
	random := rand.New(rand.NewPCG(1, 2))
	cancelled := make(map[string]bool)
	var ids []string
	for i := range 1000 {
		request := requests[random.IntN(len(requests))]
		ids = append(ids, e.call(request.method, request.params))
		if random.IntN(2) == 0 {
			id := ids[random.IntN(len(ids))]
			cancelled[id] = true
			e.notify("$/cancelRequest", object{"id": json.RawMessage(id)})
		}
		switch i % 40 {
		case 0, 10, 20, 30:
			e.change(uri, i+2, object{"text": fmt.Sprintf("package a\nfunc typed%d() {}\n", i)})
		case 5:
			e.notify("symcache/yield", object{"features": []string{answers.Features()[i/40%8]}})
		case 15:
			e.notify("workspace/didChangeConfiguration", object{"settings": object{"limit": 1 + i}})
		case 25, 35:
			folder := []object{{"uri": fileURI(filepath.Join(dir, "b")), "name": "b"}}
			event := object{"added": folder, "removed": []object{}}
			if i%40 == 35 {
				event = object{"removed": folder, "added": []object{}}
			}
			e.notify("workspace/didChangeWorkspaceFolders", object{"event": event})
		}
	}
	for _, id := range ids {
		if m := e.reply(id); m.Error != nil && (m.code() != -32800 || !cancelled[id]) {
			t.Errorf("request %s, cancelled: %v: %v", id, cancelled[id], m)
		}
	}
	e.notify("symcache/resume", object{})
	e.wantOutline(uri, "typed990")
	e.wantFound("typed990", uri)
	e.leave()
	for _, m := range e.received() {
		if m.ID != nil && m.Method == "" {
			t.Errorf("answered twice: %v", m)
		}
	}
}

// TestSameID: ids of requests in flight are unique; the second one is refused
// and takes nothing from the first.
func TestSameID(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	release := holdScan(t, cache)
	e := startHere(t, setup{Cache: cache})
	e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
	e.send("77", "workspace/symbol", object{"query": "onDisk"})
	for range 100 {
		e.send("77", "symcache/status", nil)
		if got := e.reply("77"); got.code() != -32600 {
			t.Fatalf("second request with the id: %v, want -32600", got)
		}
	}
	release()
	if got := e.reply("77"); got.Error != nil || !strings.Contains(string(got.Result), "onDisk") {
		t.Errorf("first request with the id: %v", got)
	}
	e.send("77", "symcache/status", nil)
	if got := e.reply("77"); got.Error != nil {
		t.Errorf("the id again: %v", got)
	}
}

// P5, P20: no notification is ever answered; what is unknown or wrong is passed
// over, and an unknown request is told so.
func TestNotificationsAreNeverAnswered(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		e := start(setup{})
		e.initialize(without("window"))
		for _, method := range []string{
			"$/setTrace", "$/unknown", "$/progress", "no/such", "textDocument/documentSymbol", "workspace/symbol",
			"textDocument/didOpen", "textDocument/didChange", "textDocument/didSave", "textDocument/didClose",
			"workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "initialized", "initialize", "shutdown",
		} {
			for _, params := range []any{nil, 5, "x", []int{1}, object{}, object{"textDocument": 5}, object{"textDocument": object{"uri": 5}}} {
				e.notify(method, params)
			}
		}
		for _, method := range []string{"no/such", "$/unknown", "textDocument/rename"} {
			if got := e.request(method, object{}); got.code() != -32601 {
				t.Errorf("request %q: %v, want -32601", method, got)
			}
		}
		e.leave()
		if got := e.received(); len(got) != 0 {
			t.Errorf("answers to notifications: %v", got)
		}
	})
}

// TestInvalidParams: wrong types are errors of the params.
func TestInvalidParams(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(without("window"))
	for _, params := range []any{
		5, "x", []int{1}, object{"textDocument": 5}, object{"textDocument": object{"uri": 5}},
		nil, object{}, object{"textDocument": object{}}, object{"textDocument": object{"uri": ""}},
	} {
		for _, method := range []string{
			"documentSymbol", "definition", "declaration", "hover", "documentHighlight", "foldingRange", "selectionRange",
		} {
			if got := e.request("textDocument/"+method, params); got.code() != -32602 {
				t.Errorf("%s with %v: %v, want -32602", method, params, got)
			}
		}
	}
	for _, params := range []any{5, []int{1}, object{"query": 5}} {
		if got := e.request("workspace/symbol", params); got.code() != -32602 {
			t.Errorf("workspace/symbol with %v: %v, want -32602", params, got)
		}
	}
	e.leave()
}

// P6: after shutdown only exit; the exit code says whether it was
// said.
func TestOnlyExitFollowsShutdown(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		e := start(setup{})
		e.initialize(without("window"))
		if got := e.request("shutdown", nil); string(got.Result) != "null" {
			t.Errorf("shutdown: %v", got)
		}
		for _, method := range []string{"workspace/symbol", "shutdown", "initialize", "no/such"} {
			if got := e.request(method, object{}); got.code() != -32600 {
				t.Errorf("%s after shutdown: %v, want -32600", method, got)
			}
		}
		e.open("untitled:1", "go", "package a\n")
		e.notify("exit", nil)
		if code := e.wait(); code != 0 {
			t.Errorf("exit code %d after shutdown, want 0", code)
		}

		for name, prepare := range map[string]func(*editor){
			"uninitialized": func(*editor) {},
			"running":       func(e *editor) { e.initialize(modern()) },
		} {
			e := start(setup{})
			prepare(e)
			e.notify("exit", nil)
			if code := e.wait(); code != 1 {
				t.Errorf("%s: exit code %d without shutdown, want 1", name, code)
			}
		}
	})
}

// P6: a client that waits for no answer is answered in order.
func TestMessagesSentAtOnceAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	for range 20 {
		e := startHere(t, setup{})
		var all strings.Builder
		for _, body := range []string{
			`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`,
			`{"jsonrpc":"2.0","method":"initialized","params":{}}`,
			`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`,
			`{"jsonrpc":"2.0","id":3,"method":"workspace/symbol","params":{"query":"x"}}`,
			`{"jsonrpc":"2.0","method":"exit"}`,
		} {
			fmt.Fprintf(&all, "Content-Length: %d\r\n\r\n%s", len(body), body)
		}
		go e.writeRaw(all.String())
		for id, code := range map[string]int{"1": 0, "2": 0, "3": -32600} {
			if got := e.reply(id); got.code() != code {
				t.Errorf("request %s: %v, want code %d", id, got, code)
			}
		}
		if code := e.wait(); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
	}
}

// P7, P16: a server whose client has gone ends with 1, though a scan and
// a request are running that would not end by themselves.
func TestServerEndsWithItsInput(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		cache := t.TempDir()
		defer holdScan(t, cache)()
		e := start(setup{Cache: cache})
		e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
		e.call("workspace/symbol", object{"query": "onDisk"})
		e.progress("begin")
		e.hangUp()
		if code := e.wait(); code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}
	})
}

// P16: shutdown and exit wait neither for the scan nor for the client's
// answers, which never come.
func TestShutdownWaitsForNothing(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	defer holdScan(t, cache)()
	e := startHere(t, setup{Cache: cache})
	e.mute()
	e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"}))
	e.call("workspace/symbol", object{"query": "onDisk"})
	e.leave()
}

// P17: with all there is to log being logged, stdout has
// frames and nothing else, and ends after one.
func TestStdoutHasFramesOnly(t *testing.T) {
	t.Parallel()
	e := startProcess(t, setup{Cache: t.TempDir()})
	e.initialize(modern(), tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n", "b.go": "\x00"}))
	e.writeRaw("garbage\n")
	e.notify("no/such", nil)
	e.change("untitled:none", 1, insert(0, 0, "x"))
	e.progress("end")
	e.leave()
	_, err := e.find("what never comes", func(message) bool { return false })
	if !errors.Is(err, io.EOF) {
		t.Errorf("stdout ended with: %v", err)
	}
}

// P19: changes are applied in the order in which they were sent, and a
// request sees those before it and none after it.
func TestChangesAreAppliedInOrder(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	e.initialize(modern())
	const edits = 200
	uri := "untitled:1"
	e.open(uri, "go", "package a\nfunc f() {}\n")
	var ids []string
	for i := range edits {
		// Each change rests on the one before: the name grows at its end.
		e.change(uri, i+2, insert(1, 6+i, "x"))
		ids = append(ids, e.call("textDocument/documentSymbol", object{"textDocument": object{"uri": uri}}))
	}
	e.close(uri)
	for i, id := range ids {
		var outline []documentSymbol
		m := e.reply(id)
		want := "f" + strings.Repeat("x", i+1)
		if err := json.Unmarshal(m.Result, &outline); err != nil || len(outline) != 1 || outline[0].Name != want {
			t.Fatalf("request %d: %v, want %s", i, m, want)
		}
	}
}

// A panic in a request is answered with -32603, one in a notification with nothing, and the
// connection lives on.
func TestPanic(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	table := e.server.Table()
	bomb := func(context.Context, *Message) (any, error) { panic("bomb") }
	table.Requests["test/bomb"] = Route{Handle: bomb}
	table.Requests["test/bombInOrder"] = Route{Handle: bomb, InOrder: true}
	table.Notifications["test/bomb"] = bomb
	e.initialize(modern())
	for range 2 * answers.MaxConcurrent { // were anything held by one, the others would wait
		for _, method := range []string{"test/bomb", "test/bombInOrder"} {
			if got := e.request(method, nil); got.code() != -32603 {
				t.Fatalf("%s: %v, want -32603", method, got)
			}
		}
		e.notify("test/bomb", nil)
	}
	e.open("untitled:1", "go", "package a\nfunc f() {}\n")
	e.wantOutline("untitled:1", "f")
	e.leave()
}
