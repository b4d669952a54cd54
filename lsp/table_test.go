package lsp

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// A program around the server changes what handles methods: it looks at an answer, puts its
// own in the place of another, adds a method, and passes on what the server does not know.
func TestTableCanBeChanged(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	table := e.server.Table()
	seen := make(chan string, 1)
	table.WrapRequests(protocol.MethodTextDocumentDocumentSymbol, func(next Handler) Handler {
		return func(ctx context.Context, m *Message) (any, error) {
			result, err := next(ctx, m)
			seen <- string(m.Params)
			return result, err
		}
	})
	hover := `{"contents":"from another server","unknown":[1.0,2]}`
	table.Requests[protocol.MethodTextDocumentHover] = Route{Handle: func(context.Context, *Message) (any, error) {
		return jsonrpc2.RawMessage(hover), nil
	}}
	passOn := func(_ context.Context, m *Message) (any, error) {
		return jsonrpc2.RawMessage(`{"method":"` + m.Method + `","params":` + string(m.Params) + `}`), nil
	}
	table.Requests[AnyMethod] = Route{Handle: passOn}
	noted := make(chan string, 1)
	table.Notifications[AnyMethod] = func(_ context.Context, m *Message) (any, error) {
		noted <- m.Method + string(m.Params)
		return nil, nil
	}
	delete(table.Requests, protocol.MethodWorkspaceSymbol)

	e.initialize(modern())
	e.open("untitled:1", "go", "package a\nfunc f() {}\n")
	e.wantOutline("untitled:1", "f")
	if params := <-seen; !strings.Contains(params, "untitled:1") {
		t.Errorf("the wrapper saw %s", params)
	}
	if m := e.request("textDocument/hover", object{}); string(m.Result) != hover {
		t.Errorf("hover: %v", m)
	}
	want := `{"method":"x/y","params":{"a":1.0}}`
	if m := e.request("x/y", json.RawMessage(`{"a":1.0}`)); string(m.Result) != want {
		t.Errorf("an unknown method: %v", m)
	}
	want = `{"method":"workspace/symbol","params":{"query":"f"}}`
	if m := e.request("workspace/symbol", object{"query": "f"}); string(m.Result) != want {
		t.Errorf("a method that was removed: %v", m)
	}
	e.notify("x/noted", object{"b": 2})
	if got := <-noted; got != `x/noted{"b":2}` {
		t.Errorf("an unknown notification: %s", got)
	}
	e.leave()
}

// Each feature of the answers has a method of the protocol, in the same order.
func TestFeaturesHaveMethods(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range features() {
		names = append(names, f.name)
		if _, ok := NewServer(Options{}).Table().Requests[f.method]; !ok {
			t.Errorf("nothing handles %s", f.method)
		}
	}
	if got, want := strings.Join(names, " "), strings.Join(answers.Features(), " "); got != want {
		t.Errorf("features %s, want %s", got, want)
	}
}
