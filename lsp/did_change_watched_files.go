package lsp

import "go.lsp.dev/jsonrpc2"

// didChangeWatchedFiles has files and directories looked at again that the client
// says have changed. We watch ourselves; the client may know more, of file systems
// on which we see nothing.
func (s *Server) didChangeWatchedFiles(raw jsonrpc2.RawMessage) error {
	var params struct {
		Changes []struct {
			URI string `json:"uri"`
		} `json:"changes"`
	}
	if err := unmarshalPlain(raw, &params); err != nil {
		return err
	}
	var uris []string
	for _, change := range params.Changes {
		uris = append(uris, change.URI)
	}
	s.session.Changed(uris...)
	return nil
}
