package lsp

import (
	"encoding/json"

	"go.lsp.dev/jsonrpc2"
)

// didChangeWorkspaceFolders adds and removes roots, in the background: that may wait
// for a scan or for a disk.
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
	if s.roots.change(folderPaths(params.Event.Added), folderPaths(params.Event.Removed)) {
		s.wakeRoots()
	}
	return nil
}

// folderPaths returns the paths of workspace folders, but for those that are no files.
func folderPaths(folders []json.RawMessage) (paths []string) {
	for _, raw := range folders {
		if path, ok := folderPath(raw); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// folderPath returns the path of a workspace folder. Neovim up to 0.7 sends an empty
// array where it means none.
func folderPath(raw json.RawMessage) (path string, ok bool) {
	var folder struct {
		URI string `json:"uri"`
	}
	if json.Unmarshal(raw, &folder) != nil {
		return "", false
	}
	return filePath(folder.URI)
}
