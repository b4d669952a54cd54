package lsp

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/answers"
)

// eventually waits until something is so.
func eventually(t *testing.T, so func() bool, format string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: "+format, append([]any{patience}, args...)...)
		}
	}
}

// dynamic are the capabilities of a client that registers everything while running.
func dynamic() object {
	c := modern()
	document := c["textDocument"].(object)
	for _, f := range answers.Features() {
		if f != answers.FeatureWorkspaceSymbol {
			if document[f] == nil {
				document[f] = object{}
			}
			document[f].(object)["dynamicRegistration"] = true
		}
	}
	symbol := object{"dynamicRegistration": true}
	for name, value := range c["workspace"].(object)["symbol"].(object) {
		symbol[name] = value
	}
	c["workspace"].(object)["symbol"] = symbol
	return c
}

// book is what a client has registered.
type book struct {
	e     *editor
	known map[string]bookEntry // by id
}

type bookEntry struct {
	method  string
	options string
}

// read takes the (un)registrations that have come, and returns the options by method.
func (b *book) read() map[string]string {
	b.e.t.Helper()
	b.e.mu.Lock()
	defer b.e.mu.Unlock()
	b.e.inbox = slices.DeleteFunc(b.e.inbox, func(m message) bool {
		var params struct {
			Registrations []struct {
				ID, Method      string
				RegisterOptions json.RawMessage
			}
			Unregisterations []struct{ ID, Method string }
		}
		if m.Method != "client/registerCapability" && m.Method != "client/unregisterCapability" {
			return false
		}
		if err := json.Unmarshal(m.Params, &params); err != nil || len(params.Registrations)+len(params.Unregisterations) == 0 {
			b.e.t.Errorf("%v: %v", m, err)
		}
		for _, r := range params.Registrations {
			if _, ok := b.known[r.ID]; ok {
				b.e.t.Errorf("registered twice: %v", r.ID)
			}
			b.known[r.ID] = bookEntry{r.Method, string(r.RegisterOptions)}
		}
		for _, u := range params.Unregisterations {
			if b.known[u.ID].method != u.Method {
				b.e.t.Errorf("%v is unregistered, and was not registered", u)
			}
			delete(b.known, u.ID)
		}
		return true
	})
	methods := make(map[string]string)
	for id, r := range b.known {
		if methods[r.method] != "" {
			b.e.t.Errorf("%s is registered twice, as %s too", r.method, id)
		}
		methods[r.method] = r.options
	}
	return methods
}

// P14: features that the client wants registered while running are
// registered then and only then; other clients learn it from initialize.
func TestFeaturesAreRegistered(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n"})
		c := dynamic()
		c["workspace"].(object)["didChangeWatchedFiles"] = object{"dynamicRegistration": true, "relativePatternSupport": true}
		e := start(setup{})
		e.call("initialize", object{"rootUri": fileURI(dir), "capabilities": c})
		var result struct {
			Result struct{ Capabilities map[string]any }
		}
		if err := json.Unmarshal([]byte(e.reply("1").String()), &result); err != nil {
			t.Fatal(err)
		}
		for name := range result.Result.Capabilities {
			if strings.HasSuffix(name, "Provider") && name != "executeCommandProvider" {
				t.Errorf("%s is declared, and would be registered", name)
			}
		}
		e.notify("initialized", object{})
		b := &book{e: e, known: make(map[string]bookEntry)}
		eventually(t, func() bool { return len(b.read()) == len(features())+1 }, "all registered: %v", b.known)
		got := b.read()
		if s := got["textDocument/hover"]; !strings.Contains(s, `{"language":"typescriptreact"}`) || !strings.Contains(s, `{"language":"go"}`) {
			t.Errorf("hover: %s", s)
		}
		if s := got["textDocument/hover"]; !strings.Contains(s, `{"language":"cpp","pattern":"**/*.h"}`) {
			t.Errorf("headers, which clients take for C++: %s", s)
		}
		if s := got["workspace/didChangeWatchedFiles"]; !strings.Contains(s, `"baseUri":"`+fileURI(dir)+`"`) {
			t.Errorf("watched files: %s", s)
		}
		e.leave()

		e = start(setup{})
		c = modern()
		c["workspace"].(object)["didChangeWatchedFiles"] = object{"relativePatternSupport": true}
		e.initialize(c, dir)
		e.progress("end")
		e.wantFound("f", fileURI(filepath.Join(dir, "a.go")))
		e.leave()
		for _, m := range e.received() {
			if m.Method == "client/registerCapability" {
				t.Errorf("not allowed: %v", m)
			}
		}
	})
	t.Run("plain patterns", func(t *testing.T) {
		t.Parallel()
		e := startHere(t, setup{})
		c := modern()
		c["workspace"].(object)["didChangeWatchedFiles"] = object{"dynamicRegistration": true}
		e.initialize(c, t.TempDir())
		e.await("the pattern", func(m message) bool {
			return m.Method == "client/registerCapability" && strings.Contains(string(m.Params), `"globPattern":"**/*"`)
		})
	})
}

// P14: files that the client reports as changed are read again.
func TestFilesThatTheClientWatchesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc old() {}\n"})
	path := filepath.Join(dir, "ä b.go")
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.progress("end")
	write(t, path, "package a\nfunc fresh() {}\n")
	for _, changes := range []any{nil, 5, []object{{"uri": 5}}, []object{{"uri": "untitled:1"}, {"uri": string(answers.FileURI(path)), "type": 1}}} {
		e.notify("workspace/didChangeWatchedFiles", object{"changes": changes})
	}
	e.wantFound("fresh", string(answers.FileURI(path)))
}

// B1, B2: we do not answer what another server answers: where the client can it is
// unregistered, and elsewhere answered with null; and it can be taken back.
func TestYieldedFeaturesAreUnregistered(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n", "a.py": "def f(): pass\n"})
	goURI, pyURI := fileURI(filepath.Join(dir, "a.go")), fileURI(filepath.Join(dir, "a.py"))
	t.Run("static", func(t *testing.T) {
		t.Parallel()
		transports(t, func(t *testing.T, start func(setup) *editor) {
			e := start(setup{})
			e.initialize(modern(), dir)
			e.progress("end")
			outlines := func(uris ...string) (null []bool) {
				for _, uri := range uris {
					m := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": uri}})
					if m.Error != nil {
						t.Errorf("%v", m)
					}
					null = append(null, string(m.Result) == "null")
				}
				return null
			}
			if m := e.request("symcache/yield", object{"languages": []string{"go", "cobol"}, "features": []string{"documentSymbol"}}); string(m.Result) != "null" || m.Error != nil {
				t.Errorf("%v", m)
			}
			if got := outlines(goURI, pyURI); !got[0] || got[1] {
				t.Errorf("outlines are null: %v", got)
			}
			e.wantFound("f", goURI, pyURI)
			e.notify("symcache/yield", object{"features": []string{"workspaceSymbol"}, "languages": []string{"go"}})
			e.wantFound("f", pyURI)
			if diff := cmp.Diff(map[string][]string{"go": {"documentSymbol", "workspaceSymbol"}}, ask[answers.Status](e, "symcache/status", nil).Yielded); diff != "" {
				t.Errorf("yielded (-want +got):\n%s", diff)
			}
			e.notify("symcache/yield", object{})
			if got := outlines(goURI, pyURI); !got[0] || !got[1] {
				t.Errorf("outlines are null: %v", got)
			}
			if m := e.request("workspace/symbol", object{"query": "f"}); string(m.Result) != "null" || m.Error != nil {
				t.Errorf("%v", m)
			}
			e.notify("symcache/resume", object{"languages": []string{"go"}})
			if got := outlines(goURI, pyURI); got[0] || !got[1] {
				t.Errorf("outlines are null: %v", got)
			}
			e.wantFound("f", goURI)
			for _, params := range []any{5, object{"languages": "go"}, object{"features": []string{"rename"}}} {
				if m := e.request("symcache/yield", params); m.code() != -32602 {
					t.Errorf("%v: %v, want -32602", params, m)
				}
			}
			e.leave()
		})
	})
	t.Run("dynamic", func(t *testing.T) {
		t.Parallel()
		e := startHere(t, setup{})
		e.initialize(dynamic(), dir)
		b := &book{e: e, known: make(map[string]bookEntry)}
		eventually(t, func() bool { return len(b.read()) == len(features()) }, "all registered: %v", b.known)
		e.notify("symcache/yield", object{"languages": []string{"go"}})
		eventually(t, func() bool {
			got := b.read()
			return len(got) == len(features()) && !slices.ContainsFunc(features(), func(f feature) bool {
				return strings.Contains(got[f.method], `"go"`)
			})
		}, "go is gone: %v", b.known)
		e.notify("symcache/yield", object{})
		eventually(t, func() bool { return len(b.read()) == 0 }, "all gone: %v", b.known)
		e.notify("symcache/resume", object{"features": []string{"hover"}, "languages": []string{"typescriptreact"}})
		eventually(t, func() bool {
			return strings.Contains(b.read()["textDocument/hover"], `[{"language":"typescriptreact"}`)
		}, "hover is back: %v", b.known)
		e.leave()
	})
	t.Run("silent client", func(t *testing.T) {
		t.Parallel()
		e := startHere(t, setup{})
		e.mute() // it registers nothing, and never says so
		e.initialize(dynamic(), dir)
		e.notify("symcache/yield", object{"languages": []string{"go"}})
		if m := e.request("textDocument/documentSymbol", object{"textDocument": object{"uri": goURI}}); string(m.Result) != "null" {
			t.Errorf("%v", m)
		}
		e.leave()
	})
}

// TestYieldMakesRoom: what is found of a language that was yielded takes no place
// from what is found of others.
func TestYieldMakesRoom(t *testing.T) {
	t.Parallel()
	files := map[string]string{"z.py": "def name(): pass\n"}
	var names strings.Builder
	for i := range 40 {
		fmt.Fprintf(&names, "func (T%d) name() {}\n", i)
	}
	files["a.go"] = "package a\n" + names.String()
	dir := tree(t, files)
	e := startHere(t, setup{})
	e.initializeWith(object{"rootUri": fileURI(dir), "capabilities": modern(), "initializationOptions": object{"limit": 3}})
	e.progress("end")
	e.notify("symcache/yield", object{"languages": []string{"go"}})
	e.wantFound("name", fileURI(filepath.Join(dir, "z.py")))
}

// B3: a client that names UTF-16 first gets it, as the servers beside us do.
func TestOneEncodingForAllServers(t *testing.T) {
	t.Parallel()
	e := startHere(t, setup{})
	c := modern()
	c["general"] = object{"positionEncodings": []string{"utf-16", "utf-8"}}
	if got := e.initialize(c).Capabilities.PositionEncoding; got != "utf-16" {
		t.Errorf("positionEncoding %q", got)
	}
}

// B4: a client that asks before all files were looked at learns that
// there may be more, and when there is not.
func TestServerStatusFollowsTheScan(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		for name, test := range map[string]struct {
			cache  string
			health string
		}{"cache": {t.TempDir(), "ok"}, "none": {"", "warning"}} {
			c := modern()
			c["experimental"] = object{"serverStatusNotification": true}
			e := start(setup{Cache: test.cache})
			dir := tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n"})
			e.initialize(c, dir)
			var got []ServerStatus
			for range 2 {
				m := e.await("the status", func(m message) bool { return m.Method == "experimental/serverStatus" })
				var s ServerStatus
				if err := json.Unmarshal(m.Params, &s); err != nil {
					t.Fatal(err)
				}
				got = append(got, s)
			}
			if got[0].Quiescent || !got[1].Quiescent || got[1].Health != test.health || got[0].Health != "ok" {
				t.Errorf("%s: %+v", name, got)
			}
			if len(e.search("f")) != 1 {
				t.Errorf("%s: quiescent, and nothing is found", name)
			}
			// When all files are looked at again, that is what it is told of.
			write(t, filepath.Join(dir, "b.go"), "package a\nfunc g() {}\n")
			if m := e.reply(e.call("workspace/executeCommand", object{"command": "symcache.warm"})); m.Error != nil {
				t.Error(m)
			}
			e.await("the status", func(m message) bool { return m.Method == "experimental/serverStatus" })
			var status answers.Status
			if m := e.reply(e.call("symcache/status", nil)); json.Unmarshal(m.Result, &status) != nil || status.Scan.Report == nil ||
				status.Scan.Report.Files != 2 {
				t.Errorf("%s: %v", name, m)
			}
			e.leave()
		}
	})
}
