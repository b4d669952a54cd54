package lsp

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/answers"
)

// didChangeParams is what we need of protocol.DidChangeTextDocumentParams. That type takes a
// change with a broken range for a change of the whole document.
type didChangeParams struct {
	ContentChanges []answers.Change `json:"contentChanges"`
}

// didChange applies edits to an open document.
func (s *Server) didChange(raw jsonrpc2.RawMessage) error {
	uri := documentURI(raw)
	var params didChangeParams
	if err := json.Unmarshal(raw, &params, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return s.session.LoseDocument(uri, err)
	}
	return s.session.EditDocument(uri, params.ContentChanges)
}
