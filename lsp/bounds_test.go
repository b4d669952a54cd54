package lsp

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/answers"
)

// Settings are bounded: no list of a million patterns gets into the walk, and no mistake
// is told a million times.
func TestSettingsAreBounded(t *testing.T) {
	t.Parallel()
	initial := Settings{MaxFileSize: 1000, Limit: 7, LogLevel: "warn"}
	pattern, name := `"?",`, `"l%d":1,`
	many := `{"exclude":[` + strings.Repeat(pattern, 2*maxExclude) + `"last"],"limit":8}`
	next, err := initial.with([]byte(many))
	if err == nil || len(next.Exclude) != maxExclude || next.Limit != 8 {
		t.Errorf("%d patterns, limit %d, %v", len(next.Exclude), next.Limit, err)
	}
	var names strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&names, name, i)
	}
	_, err = initial.with([]byte(`{"languages":{` + names.String() + `"go":true}}`))
	if err == nil || len(err.Error()) > 4<<10 {
		t.Errorf("mistakes are told in %d bytes", len(fmt.Sprint(err)))
	}
	unknown := strings.ReplaceAll(names.String(), ":1,", ":true,")
	_, err = initial.with([]byte(`{"features":{` + unknown + `"hover":true}}`))
	if err == nil || len(err.Error()) > 4<<10 {
		t.Errorf("unknown features are told in %d bytes", len(fmt.Sprint(err)))
	}
	next, err = initial.with([]byte(`{"exclude":[` + strings.Repeat(pattern, 1_000_000) + `"last"]}`))
	if err == nil || len(next.Exclude) != 0 {
		t.Errorf("a million patterns: %d, %v", len(next.Exclude), err)
	}
}

// A session with huge initializationOptions, settings and documents goes on, and its
// memory comes back.
func TestHugeMessagesPass(t *testing.T) {
	e := startHere(t, setup{MaxFileSize: 1 << 20})
	millions := make([]string, 1_000_000)
	for i := range millions {
		millions[i] = "?"
	}
	e.initializeWith(object{"capabilities": modern(), "initializationOptions": object{"exclude": millions}})
	e.notify("workspace/didChangeConfiguration", object{"settings": object{"symcache": object{"exclude": millions, "limit": 3}}})
	e.open("untitled:huge", "go", strings.Repeat("// a comment\n", 4<<20/13))
	if got := e.outline("untitled:huge"); len(got) != 0 {
		t.Errorf("%d symbols above the size limit", len(got))
	}
	if got := e.search(strings.Repeat("a", 1<<20)); len(got) != 0 {
		t.Errorf("%d symbols", len(got))
	}
	e.close("untitled:huge")
	e.open("untitled:small", "go", "package a\nfunc f() {}\n")
	e.wantOutline("untitled:small", "f")
	e.leave()
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	if now.HeapAlloc > 256<<20 {
		t.Errorf("%d MB are left", now.HeapAlloc>>20)
	}
}

// A panic in a request costs that request: it is logged with its stack and answered with
// an error, and the server goes on.
func TestPanicInARequestIsAnswered(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	s := NewServer(Options{Logger: textLogger(log)})
	_, err := untilDone(context.Background(), func() (any, error) {
		return s.guard("textDocument/hover", func() (any, error) { return s.session.Status(), nil }) // nil
	})
	var known *jsonrpc2.Error
	if !errors.As(err, &known) || known.Code != -32603 {
		t.Errorf("answer: %v", err)
	}
	for _, want := range []string{"level=ERROR", "textDocument/hover", "nil pointer", "status.go"} {
		if !strings.Contains(string(log.Bytes()), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.Bytes())
		}
	}
}

// FuzzSettings: no settings break a server, and what they are told to be is in bounds.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"exclude":["*.go"],"limit":5}`, `{"languages":{"go":false,"x":1}}`, `{"maxFileSize":1e99}`, `{"exclude":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, client []byte) {
		initial := Settings{MaxFileSize: 1000, Limit: 7, LogLevel: "warn"}
		next, err := initial.with(client)
		if next.MaxFileSize < 1 || next.Limit < 1 || next.Limit > answers.MaxLimit || len(next.Exclude) > maxExclude {
			t.Errorf("%+v, %v", next, err)
		}
	})
}
