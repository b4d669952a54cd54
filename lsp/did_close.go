package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didClose has the file on disk count again.
func (s *Server) didClose(raw jsonrpc2.RawMessage) error {
	var params protocol.DidCloseTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	s.session.CloseDocument(documentURI(raw))
	return nil
}
