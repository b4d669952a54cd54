package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didClose gives the word back to the file on disk, which may have changed
// while the document was over it.
func (s *Server) didClose(raw jsonrpc2.RawMessage) error {
	var params protocol.DidCloseTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	uri := documentURI(raw)
	s.documents.remove(uri)
	s.touch(uri)
	return nil
}
