package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// object is a JSON object.
type object = map[string]any

// modern are the capabilities of a current editor.
func modern() object {
	kinds := make([]int, 26)
	for i := range kinds {
		kinds[i] = i + 1
	}
	symbols := object{"symbolKind": object{"valueSet": kinds}, "tagSupport": object{"valueSet": []int{1}}}
	document := object{"hierarchicalDocumentSymbolSupport": true}
	for name, value := range symbols {
		document[name] = value
	}
	return object{
		"textDocument": object{"documentSymbol": document},
		"workspace":    object{"symbol": symbols},
		"window":       object{"workDoneProgress": true},
	}
}

type initializeResult struct {
	Capabilities struct {
		PositionEncoding        string
		TextDocumentSync        json.RawMessage
		DocumentSymbolProvider  json.RawMessage
		WorkspaceSymbolProvider json.RawMessage
	}
	ServerInfo struct{ Name, Version string }
}

// initialize opens a session on folders, without waiting for the scan.
func (e *editor) initialize(capabilities object, folders ...string) initializeResult {
	e.t.Helper()
	list := []object{}
	for _, dir := range folders {
		list = append(list, object{"uri": fileURI(dir), "name": filepath.Base(dir)})
	}
	return e.initializeWith(object{"workspaceFolders": list, "capabilities": capabilities})
}

func (e *editor) initializeWith(params object) initializeResult {
	e.t.Helper()
	params["processId"] = os.Getpid()
	result := ask[initializeResult](e, "initialize", params)
	e.notify("initialized", object{})
	return result
}

// fileURI is FileURI for paths that need no escapes, so that tests do not rest
// on what they test.
func fileURI(path string) string { return "file://" + filepath.ToSlash(path) }

func (e *editor) open(uri, languageID, text string) {
	e.notify("textDocument/didOpen", object{
		"textDocument": object{"uri": uri, "languageId": languageID, "version": 1, "text": text},
	})
}

func (e *editor) change(uri string, version int, changes ...object) {
	e.notify("textDocument/didChange", object{
		"textDocument": object{"uri": uri, "version": version}, "contentChanges": changes,
	})
}

// insert is a change that puts text between a place and itself.
func insert(line, character int, text string) object {
	return replace(line, character, line, character, text)
}

func replace(line, character, endLine, endCharacter int, text string) object {
	return object{
		"range": object{
			"start": object{"line": line, "character": character},
			"end":   object{"line": endLine, "character": endCharacter},
		},
		"text": text,
	}
}

func (e *editor) save(uri string) {
	e.notify("textDocument/didSave", object{"textDocument": object{"uri": uri}})
}

func (e *editor) close(uri string) {
	e.notify("textDocument/didClose", object{"textDocument": object{"uri": uri}})
}

type jsonPosition struct{ Line, Character int }

type jsonRange struct{ Start, End jsonPosition }

// documentSymbol has the members of both forms of an outline.
type documentSymbol struct {
	Name           string
	Detail         string
	Kind           int
	Tags           []int
	Deprecated     bool
	Range          *jsonRange
	SelectionRange *jsonRange
	Children       []documentSymbol
	ContainerName  string
	Location       *location
}

type location struct {
	URI   string
	Range *jsonRange
}

type workspaceSymbol struct {
	Name          string
	Kind          int
	Tags          []int
	ContainerName string
	Location      location
}

func (e *editor) outline(uri string) []documentSymbol {
	e.t.Helper()
	return ask[[]documentSymbol](e, "textDocument/documentSymbol", object{"textDocument": object{"uri": uri}})
}

func (e *editor) search(query string) []workspaceSymbol {
	e.t.Helper()
	return ask[[]workspaceSymbol](e, "workspace/symbol", object{"query": query})
}

// outlineNames are the names at the top level.
func (e *editor) outlineNames(uri string) []string {
	e.t.Helper()
	names := []string{}
	for _, s := range e.outline(uri) {
		names = append(names, s.Name)
	}
	return names
}

// wantOutline checks the names at the top level.
func (e *editor) wantOutline(uri string, want ...string) {
	e.t.Helper()
	if diff := cmp.Diff(want, e.outlineNames(uri)); diff != "" {
		e.t.Errorf("outline of %s (-want +got):\n%s", uri, diff)
	}
}

// wantFound asks for a symbol until it is found in these documents and no
// others: an answer waits for files that were saved, but only some time.
func (e *editor) wantFound(name string, uris ...string) {
	e.t.Helper()
	slices.Sort(uris)
	var got []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		got = nil
		for _, s := range e.search(name) {
			if s.Name == name {
				got = append(got, s.Location.URI)
			}
		}
		slices.Sort(got)
		if slices.Equal(got, uris) {
			return
		}
	}
	e.t.Errorf("workspace/symbol %q: found in %q, want %q", name, got, uris)
}

// tree makes a directory with files, and returns it with links resolved.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
