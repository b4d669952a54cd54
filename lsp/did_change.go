package lsp

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
)

// didChangeParams is what we need of protocol.DidChangeTextDocumentParams, which
// takes a change with a range that is none for one of the whole document.
type didChangeParams struct {
	TextDocument struct {
		URI string `json:"uri"`
	} `json:"textDocument"`
	ContentChanges []contentChange `json:"contentChanges"`
}

// didChange applies edits to an open document. When that fails we do not have
// the text that the client has, and have no symbols of it until a change of the
// whole document says it anew.
func (s *Server) didChange(raw jsonrpc2.RawMessage) error {
	uri := documentURI(raw)
	doc, ok := s.documents.snapshot().byURI[uri]
	if !ok {
		return fmt.Errorf("document %q is not open", uri)
	}
	next := *doc
	var params didChangeParams
	err := json.Unmarshal(raw, &params, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err == nil {
		next.text, err = applyChanges(doc.text, params.ContentChanges, s.encoding)
	}
	switch {
	case err != nil:
		next.lost = fmt.Errorf("text of %q is not known since a change failed: %w", uri, err)
	case slices.ContainsFunc(params.ContentChanges, contentChange.isWhole):
		next.lost = nil
	}
	s.documents.set(next)
	return next.lost
}
