package lsp

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// TestSchemaIsCurrent: the file is what the struct makes; -update writes it.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	const file = "settings.schema.json"
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("go test ./lsp -run Schema -update (-want +got):\n%s", diff)
	}
	var s struct {
		Properties map[string]struct {
			Description string
			Type        string
			Default     any
			Maximum     int64
			Enum        []string
			Properties  map[string]any
		}
	}
	if err := json.Unmarshal(got, &s); err != nil {
		t.Fatal(err)
	}
	for name, p := range s.Properties {
		if p.Description == "" || p.Type == "" || p.Default == nil && p.Properties == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := s.Properties["limit"]; p.Default != float64(index.DefaultLimit) || p.Maximum != answers.MaxLimit {
		t.Errorf("limit: %+v", p)
	}
	if got := s.Properties["logLevel"].Enum; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(maps.Keys(logLevels()))) {
		t.Errorf("logLevel: %v", got)
	}
	if got := s.Properties["features"].Properties; len(got) != len(features()) {
		t.Errorf("features: %v", got)
	}
}

// TestSizeText: a size is written in a unit in which it is exact, and read back as it was.
func TestSizeText(t *testing.T) {
	t.Parallel()
	for size, want := range map[Size]string{
		0: "0 B", 1: "1 B", 1536: "1536 B", 2 << 10: "2 KiB", 3 << 19: "1536 KiB", 2 << 20: "2 MiB", 1 << 30: "1024 MiB", -1: "-1 B",
	} {
		if size.String() != want {
			t.Errorf("%d is %q, want %q", int64(size), size.String(), want)
		}
		if got, err := parseSize(want); size >= 0 && (got != size || err != nil) {
			t.Errorf("%q is read as %d, %v", want, int64(got), err)
		}
	}
}

// TestSettingsWith: what makes sense holds, the rest keeps its value and is named.
func TestSettingsWith(t *testing.T) {
	t.Parallel()
	base := DefaultSettings(contents.Config{}, workspace.Config{Settings: workspace.Settings{Exclude: []string{"gen/"}}})
	for client, test := range map[string]struct {
		change  func(*Settings)
		problem string
	}{
		``:                                       {},
		`null`:                                   {},
		`{}`:                                     {},
		`{"unknown": 5}`:                         {},
		`{"limit": 7}`:                           {change: func(s *Settings) { s.Limit = 7 }},
		`{"limit": 0}`:                           {change: func(s *Settings) { s.Limit = 1 }, problem: "limit is 0"},
		`{"limit": 99999}`:                       {change: func(s *Settings) { s.Limit = answers.MaxLimit }, problem: "limit is 99999"},
		`{"limit": "many"}`:                      {problem: "limit"},
		`{"limit": "many", "logLevel": "debug"}`: {change: func(s *Settings) { s.LogLevel = "debug" }, problem: "limit"},
		`{"outlineMacros": true}`:                {change: func(s *Settings) { s.OutlineMacros = true }},
		`{"outlineMacros": "yes"}`:               {problem: "outlineMacros"},
		`{"logLevel": "loud"}`:                   {problem: `logLevel "loud"`},
		`{"maxFileSize": -1}`:                    {problem: "maxFileSize is -1"},
		`{"maxFileSize": 1000}`:                  {change: func(s *Settings) { s.MaxFileSize = 1000 }},
		`{"maxFileSize": "1 KiB"}`:               {change: func(s *Settings) { s.MaxFileSize = 1 << 10 }},
		`{"maxFileSize": "1.5MiB"}`:              {change: func(s *Settings) { s.MaxFileSize = 3 << 19 }},
		`{"maxFileSize": " 20 k "}`:              {change: func(s *Settings) { s.MaxFileSize = 20 << 10 }},
		`{"maxFileSize": "512"}`:                 {change: func(s *Settings) { s.MaxFileSize = 512 }},
		`{"maxFileSize": "0 MiB"}`:               {problem: "maxFileSize is 0 B, not 1 B to 32 MiB"},
		`{"maxFileSize": "33 MiB"}`:              {problem: "maxFileSize is 33 MiB"},
		`{"maxFileSize": "large"}`:               {problem: `"large" is not a size such as "2 MiB"`},
		`{"maxFileSize": "1 GiB"}`:               {problem: `"1 GiB" is not a size`},
		`{"maxFileSize": 1.5}`:                   {problem: "1.5 is not a number of bytes"},
		`{"maxFileSize": true}`:                  {problem: "true is not a size"},
		`{"exclude": []}`:                        {change: func(s *Settings) { s.Exclude = []string{} }},
		`{"exclude": ["a", "b"]}`:                {change: func(s *Settings) { s.Exclude = []string{"a", "b"} }},
		`{"languages": {"go": false}}`:           {change: func(s *Settings) { s.Languages = map[string]bool{"go": false} }},
		`{"languages": {"cobol": false}}`: {
			change: func(s *Settings) { s.Languages = map[string]bool{"cobol": false} }, problem: `no language "cobol"`,
		},
		`{"features": {"hover": false, "x": true}}`: {
			change: func(s *Settings) { s.Features = map[string]bool{"hover": false, "x": true} }, problem: `no feature "x"`,
		},
		`{"features": {"hover": null, "definition": "no", "declaration": false}}`: {
			change: func(s *Settings) { s.Features = map[string]bool{"declaration": false} }, problem: "features: definition",
		},
		`{"exclude": [5], "limit": 7}`: {change: func(s *Settings) { s.Limit = 7 }, problem: "exclude"},
		`{"exclude": null}`:            {},
		`{"include": ["src/app"]}`:     {change: func(s *Settings) { s.Include = []string{"src/app"} }},
		`{"include": ["/etc", "src"]}`: {change: func(s *Settings) { s.Include = []string{"/etc", "src"} }, problem: `"/etc" is not the path`},
		`{"macros": ["T(_, name)", "T(", "U*(name)"]}`: {
			change: func(s *Settings) { s.Macros = []string{"T(_, name)", "U*(name)"} }, problem: "macros",
		},
		`[]`: {problem: "array"},
		`"`:  {problem: "unexpected end"},
	} {
		want := base
		if test.change != nil {
			test.change(&want)
		}
		got, err := base.with([]byte(client))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", client, diff)
		}
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: %v, want %q", client, err, test.problem)
		}
	}
	// What has gone from the client's settings is on again.
	off, err := base.with([]byte(`{"features": {"hover": false}, "languages": {"go": false}}`))
	if err != nil {
		t.Fatal(err)
	}
	if on, err := off.with([]byte(`{"features": {}}`)); err != nil || !on.isOn("hover") || switchedOn(on.Languages, "go") {
		t.Errorf("with no features named, and nothing said of languages: %+v, %v", on, err)
	}
	if len(base.Exclude) != 1 || base.Languages != nil {
		t.Errorf("the settings before have changed: %+v", base)
	}
}

// configurable are the capabilities of a client whose configuration can be fetched.
func configurable() object {
	c := modern()
	ws := c["workspace"].(object)
	ws["configuration"] = true
	ws["didChangeConfiguration"] = object{"dynamicRegistration": true}
	return c
}

// wantLimit waits until so many symbols are found.
func (e *editor) wantLimit(want int) {
	e.t.Helper()
	eventually(e.t, func() bool { return len(e.search("f")) == want }, "%d symbols", want)
}

// P15: the configuration is pulled where the client has it, else taken from what
// it says; a change that changes nothing does nothing.
func TestConfigurationIsPulledOrPushed(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.go": "package a\nfunc f1() {}\nfunc f2() {}\nfunc f3() {}\n"}
	logged := func(m message) bool {
		return m.Method == "window/logMessage" && strings.Contains(string(m.Params), "configuration has changed")
	}
	t.Run("pulled", func(t *testing.T) {
		t.Parallel()
		transports(t, func(t *testing.T, start func(setup) *editor) {
			e := start(setup{})
			e.answer("workspace/configuration", `[{"limit": 2, "logLevel": "info"}]`)
			e.initializeWith(object{
				"rootUri": fileURI(tree(t, files)), "capabilities": configurable(), "initializationOptions": object{"limit": 1},
			})
			e.progress("end")
			e.wantLimit(2)
			for range 3 { // the same again
				e.notify("workspace/didChangeConfiguration", object{"settings": nil})
				e.await("the question", func(m message) bool { return m.Method == "workspace/configuration" })
			}
			e.answer("workspace/configuration", `[{"limit": 3, "logLevel": "info"}]`)
			e.notify("workspace/didChangeConfiguration", object{"settings": object{"limit": 9}})
			e.wantLimit(3)
			if changes := e.matching(logged); len(changes) > 2 {
				t.Errorf("%d changes, want 2: %v", len(changes), changes)
			}
			e.answer("workspace/configuration", `[null]`)
			e.notify("workspace/didChangeConfiguration", nil)
			e.wantLimit(1) // as it began
			e.answer("workspace/configuration", `5`)
			e.notify("workspace/didChangeConfiguration", nil)
			e.wantLimit(1)
			e.await("the registration", func(m message) bool {
				return m.Method == "client/registerCapability" && strings.Contains(string(m.Params), "didChangeConfiguration") &&
					strings.Contains(string(m.Params), `{"section":"symcache"}`)
			})
			e.leave()
		})
	})
	t.Run("pushed", func(t *testing.T) {
		t.Parallel()
		e := startHere(t, setup{})
		e.initializeWith(object{
			"rootUri": fileURI(tree(t, files)), "capabilities": modern(), "initializationOptions": object{"logLevel": "info"},
		})
		e.progress("end")
		for limit, settings := range []any{
			1: object{"symcache": object{"limit": 1, "logLevel": "info"}}, 2: object{"limit": 2, "logLevel": "info"},
		} {
			if settings != nil {
				for range 3 {
					e.notify("workspace/didChangeConfiguration", object{"settings": settings})
				}
				e.wantLimit(limit)
				e.await("a word of it", logged)
			}
		}
		e.leave()
		if got := e.matching(func(m message) bool { return logged(m) || m.Method == "workspace/configuration" }); len(got) != 0 {
			t.Errorf("unexpected: %v", got)
		}
	})
}

// TestSwitches: what the settings switch off answers null, is not declared, and comes
// back when it is switched on.
func TestSwitches(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc f() {}\n", "a.py": "def f(): pass\n"})
	goURI, pyURI := fileURI(filepath.Join(dir, "a.go")), fileURI(filepath.Join(dir, "a.py"))
	e := startHere(t, setup{})
	result := ask[struct{ Capabilities map[string]any }](e, "initialize", object{
		"rootUri": fileURI(dir), "capabilities": modern(),
		"initializationOptions": object{"languages": object{"python": false}, "features": object{"hover": false}},
	})
	e.notify("initialized", object{})
	e.progress("end")
	if c := result.Capabilities; c["hoverProvider"] != nil || c["definitionProvider"] != true {
		t.Errorf("capabilities: %v", c)
	}
	null := func(method, uri string) bool {
		t.Helper()
		m := e.request("textDocument/"+method, object{
			"textDocument": object{"uri": uri}, "position": object{"line": 0, "character": 4}, "positions": []object{{}},
		})
		if m.Error != nil {
			t.Errorf("%s: %v", method, m)
		}
		return string(m.Result) == "null"
	}
	if null("documentSymbol", goURI) || !null("documentSymbol", pyURI) || !null("hover", goURI) || null("foldingRange", goURI) {
		t.Error("not what the settings say")
	}
	e.wantFound("f", goURI)
	e.notify("workspace/didChangeConfiguration", object{"settings": object{
		"languages": object{"go": false, "python": true}, "features": object{"hover": true, "foldingRange": false},
	}})
	if !null("documentSymbol", goURI) || null("documentSymbol", pyURI) || null("hover", pyURI) || !null("foldingRange", pyURI) {
		t.Error("not what the changed settings say")
	}
	e.wantFound("f", pyURI)
	e.leave()
}

// P15: settings that say which files are looked at hold from their change on, without a
// restart, pulled or pushed. The same again looks at nothing again.
func TestSettingsOfFilesHoldFromTheirChangeOn(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"ws/a.go": "package a\nfunc f() {}\n", "ws/gen/b.go": "package b\nfunc f() {}\n",
		"ws/large.go": "package a\nfunc f() {}\n" + strings.Repeat("\n", 5000), "ext/c.go": "package c\nfunc f() {}\n",
	}
	steps := []struct {
		settings string
		want     []string
	}{
		{`{"exclude": ["gen/"]}`, []string{"ws/a.go", "ws/large.go"}},
		{`{"maxFileSize": "1 KiB"}`, []string{"ws/a.go", "ws/gen/b.go"}},
		{`{"include": ["none"], "maxFileSize": "1 KiB"}`, []string{"ws/a.go"}},
		{`{"followLinks": true}`, []string{"ext/c.go", "ws/a.go", "ws/gen/b.go", "ws/large.go"}},
		{`{}`, []string{"ws/a.go", "ws/gen/b.go", "ws/large.go"}},
	}
	for name, pulled := range map[string]bool{"pulled": true, "pushed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := tree(t, files)
			if err := os.Symlink(filepath.Join(dir, "ext"), filepath.Join(dir, "ws", "lib")); err != nil {
				if runtime.GOOS == "windows" { // where a user may lack the right to it
					t.Skip(err)
				}
				t.Fatal(err)
			}
			e := startHere(t, setup{})
			capabilities := modern()
			if pulled {
				capabilities = configurable()
				e.answer("workspace/configuration", `[{}]`)
			}
			e.initializeWith(object{"rootUri": fileURI(filepath.Join(dir, "ws")), "capabilities": capabilities})
			e.progress("end")
			for _, step := range steps {
				var uris []string
				for _, path := range step.want {
					uris = append(uris, fileURI(filepath.Join(dir, path)))
				}
				for i := range 3 { // the same again
					if pulled {
						e.answer("workspace/configuration", "["+step.settings+"]")
						e.notify("workspace/didChangeConfiguration", object{"settings": nil})
					} else {
						e.notify("workspace/didChangeConfiguration", object{"settings": object{"symcache": json.RawMessage(step.settings)}})
					}
					e.wantFound("f", uris...)
					if i == 0 {
						e.progress("end")
					}
				}
			}
			e.leave()
			if again := e.matching(func(m message) bool { return m.Method == "$/progress" && strings.Contains(string(m.Params), `"end"`) }); len(again) != 0 {
				t.Errorf("the same settings have files looked at again: %v", again)
			}
		})
	}
}
