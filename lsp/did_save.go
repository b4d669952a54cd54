package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didSave has the file read again and stored. The text in the params is not looked at: what
// is on disk counts.
func (s *Server) didSave(raw jsonrpc2.RawMessage) error {
	var params protocol.DidSaveTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	s.session.Saved(documentURI(raw))
	return nil
}
