package lsp

import (
	"errors"
	"path/filepath"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

var errNoURI = errors.New("textDocument.uri is missing")

// canonical returns the workspace's name of a file that the client names, links
// resolved.
func (s *Server) canonical(path string) string {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		return file
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path)) // not saved yet
	}
	return s.roots.now().canonical(path)
}

// didOpen puts a document over the file on disk.
func (s *Server) didOpen(raw jsonrpc2.RawMessage) error {
	var params protocol.DidOpenTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	uri := documentURI(raw)
	if uri == "" {
		return errNoURI
	}
	text := []byte(params.TextDocument.Text)
	doc := document{uri: uri, text: text, truncation: &truncation{log: s.log, uri: uri}}
	if path, ok := filePath(uri); ok {
		doc.path = path
		doc.canonical = sync.OnceValue(func() string { return s.canonical(path) })
	}
	doc.lang = detect(string(params.TextDocument.LanguageID), doc.path, text)
	s.documents.set(doc)
	return nil
}
