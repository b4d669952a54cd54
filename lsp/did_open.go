package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didOpen puts a document over the file on disk.
func (s *Server) didOpen(raw jsonrpc2.RawMessage) error {
	var params protocol.DidOpenTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	doc := &params.TextDocument
	return s.session.OpenDocument(documentURI(raw), string(doc.LanguageID), []byte(doc.Text))
}
