package lsp

import (
	"errors"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

var errNoURI = errors.New("textDocument.uri is missing")

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
	path, _ := filePath(uri)
	s.documents.set(document{
		uri:     uri,
		path:    path,
		lang:    detect(string(params.TextDocument.LanguageID), path, text),
		version: params.TextDocument.Version,
		text:    text,
	})
	return nil
}
