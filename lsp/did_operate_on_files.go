package lsp

import "go.lsp.dev/jsonrpc2"

// didOperateOnFiles handles workspace/didCreateFiles, didRenameFiles and didDeleteFiles:
// what the user has done with files in the client.
func (s *Server) didOperateOnFiles(raw jsonrpc2.RawMessage) error {
	var params struct {
		Files []struct {
			URI    string `json:"uri"`
			OldURI string `json:"oldUri"`
			NewURI string `json:"newUri"`
		} `json:"files"`
	}
	if err := unmarshalPlain(raw, &params); err != nil {
		return err
	}
	var uris []string
	for _, f := range params.Files {
		uris = append(uris, f.URI, f.OldURI, f.NewURI)
	}
	s.session.Changed(uris...)
	return nil
}
