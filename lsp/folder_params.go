package lsp

import (
	"encoding/json"
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/answers"
)

// folderParams are the members of protocol.InitializeParams that name the folders, as the
// client spells them: the protocol's type makes "/" of an empty URI.
type folderParams struct {
	WorkspaceFolders []struct {
		URI string `json:"uri"`
	} `json:"workspaceFolders"`
	RootURI  string `json:"rootUri"`
	RootPath string `json:"rootPath"`
}

// paths returns the paths of the workspace folders, else that of the older members. There
// may be none: the client has opened a single file.
func (p folderParams) paths() []string {
	var paths []string
	add := func(path string, ok bool) {
		if ok && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	switch {
	case p.WorkspaceFolders != nil:
		for _, folder := range p.WorkspaceFolders {
			add(answers.FilePath(folder.URI))
		}
	case p.RootURI != "":
		add(answers.FilePath(p.RootURI))
	default:
		add(filepath.Clean(p.RootPath), filepath.IsAbs(p.RootPath))
	}
	return paths
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
	return answers.FilePath(folder.URI)
}
