package lspclient

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// Symbol is one result of workspace/symbol.
type Symbol struct {
	Name string
	Path string
}

// Initialize shakes hands for a workspace of one root. Options are the server's own; nil for none.
func (c *Client) Initialize(ctx context.Context, root string, options any) error {
	uri := fileURI(root)
	kinds := object{"valueSet": []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26}} // all
	params := object{
		"processId": os.Getpid(),
		"rootUri":   uri,
		"workspaceFolders": []object{
			{"uri": uri, "name": filepath.Base(root)},
		},
		"initializationOptions": options,
		"capabilities": object{
			"general": object{"positionEncodings": []string{"utf-16"}},
			"window":  object{"workDoneProgress": true},
			"workspace": object{
				"configuration": true, "workspaceFolders": true,
				"symbol": object{"symbolKind": kinds}, // which clangd goes by in outlines, too
			},
			"textDocument": object{
				"synchronization": object{"didSave": true},
				"documentSymbol":  object{"hierarchicalDocumentSymbolSupport": true, "symbolKind": kinds},
				"selectionRange":  object{},
			},
		},
	}
	if err := c.Call(ctx, "initialize", params, nil); err != nil {
		return err
	}
	return c.Notify("initialized", object{})
}

// Document is an open text document.
type Document struct {
	client  *Client
	uri     string
	version int
}

// Open opens a document.
func (c *Client) Open(path, languageID, text string) (*Document, error) {
	d := &Document{client: c, uri: fileURI(path), version: 1}
	err := c.Notify("textDocument/didOpen", object{
		"textDocument": object{"uri": d.uri, "languageId": languageID, "version": d.version, "text": text},
	})
	return d, err
}

// URI names the document.
func (d *Document) URI() string { return d.uri }

// Edit inserts an empty line before the first one; the next Edit removes it, and so on.
func (d *Document) Edit() error {
	d.version++
	zero, text := object{"line": 0, "character": 0}, "\n"
	end := zero
	if d.version%2 == 1 {
		end, text = object{"line": 1, "character": 0}, ""
	}
	return d.client.Notify("textDocument/didChange", object{
		"textDocument":   object{"uri": d.uri, "version": d.version},
		"contentChanges": []object{{"range": object{"start": zero, "end": end}, "text": text}},
	})
}

// Symbols returns how many symbols the outline has at its top.
func (d *Document) Symbols(ctx context.Context) (int, error) {
	var list []json.RawMessage
	err := d.client.Call(ctx, "textDocument/documentSymbol", object{"textDocument": object{"uri": d.uri}}, &list)
	return len(list), err
}

// Outline asks for the symbols of the document, and decodes them into result.
func (d *Document) Outline(ctx context.Context, result any) error {
	return d.client.Call(ctx, "textDocument/documentSymbol", object{"textDocument": object{"uri": d.uri}}, result)
}

// Selections asks for the ranges around some places, and decodes them into result.
func (d *Document) Selections(ctx context.Context, places, result any) error {
	return d.client.Call(ctx, "textDocument/selectionRange", object{"textDocument": object{"uri": d.uri}, "positions": places}, result)
}

// Close closes the document.
func (d *Document) Close() error {
	return d.client.Notify("textDocument/didClose", object{"textDocument": object{"uri": d.uri}})
}

// WorkspaceSymbols searches the workspace.
func (c *Client) WorkspaceSymbols(ctx context.Context, query string) ([]Symbol, error) {
	var list []struct {
		Name     string `json:"name"`
		Location struct {
			URI string `json:"uri"`
		} `json:"location"`
	}
	if err := c.Call(ctx, "workspace/symbol", object{"query": query}, &list); err != nil {
		return nil, err
	}
	found := make([]Symbol, len(list))
	for i, s := range list {
		found[i] = Symbol{Name: s.Name, Path: filePath(s.Location.URI)}
	}
	return found, nil
}

// Names tells whether a server's name of a symbol is that of a declaration: servers
// qualify names (gopls: "pkg.Name") and add parameters ("name()").
func (s *Symbol) Names(declared string) bool {
	name, _, _ := strings.Cut(s.Name, "(")
	return name[strings.LastIndexAny(name, ".:")+1:] == declared
}

func fileURI(path string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}

// filePath returns the path of a file URI, and "" for all others.
func filePath(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	path := u.Path
	if len(path) > 2 && path[2] == ':' {
		path = path[1:] // a drive letter
	}
	return filepath.FromSlash(path)
}
