package lsp

import (
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didChange applies edits to an open document.
func (s *Server) didChange(raw jsonrpc2.RawMessage) error {
	var params protocol.DidChangeTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	uri := documentURI(raw)
	doc, ok := s.documents.snapshot()[uri]
	if !ok {
		return fmt.Errorf("document %q is not open", uri)
	}
	text, err := applyChanges(doc.text, params.ContentChanges, s.encoding)
	if err != nil {
		return err
	}
	s.documents.set(document{
		uri: doc.uri, path: doc.path, lang: doc.lang, version: params.TextDocument.Version, text: text,
	})
	return nil
}
