package lsp

import (
	"encoding/json"

	"go.lsp.dev/jsonrpc2"
)

// didChangeWorkspaceFolders adds and removes folders, in the background: that may wait for a
// scan or for a disk.
func (s *Server) didChangeWorkspaceFolders(raw jsonrpc2.RawMessage) error {
	var params struct {
		Event struct {
			Added   []json.RawMessage `json:"added"`
			Removed []json.RawMessage `json:"removed"`
		} `json:"event"`
	}
	if err := unmarshalPlain(raw, &params); err != nil {
		return err
	}
	s.session.ChangeFolders(folderPaths(params.Event.Added), folderPaths(params.Event.Removed))
	return nil
}
