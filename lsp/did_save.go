package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// didSave has the file read again and stored. What was saved is what is on
// disk: the params' text is not looked at.
func (s *Server) didSave(raw jsonrpc2.RawMessage) error {
	var params protocol.DidSaveTextDocumentParams
	if err := unmarshal(raw, &params); err != nil {
		return err
	}
	s.touch(documentURI(raw))
	return nil
}

// touch has the file of a document looked at again.
func (s *Server) touch(uri string) {
	if path, ok := filePath(uri); ok {
		s.workspace.Touch(s.roots.now().canonical(path))
	}
}
