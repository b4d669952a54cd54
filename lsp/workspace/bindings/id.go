package bindings

import (
	"encoding/json"
	"slices"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
)

// Settings are what decides which files below a root are looked at. Trees with other
// settings have other index files.
type Settings struct {
	WalkVersion int   // of the walk
	MaxFileSize int64 // bytes
	Exclude     []string
	Include     []string // directories
	Names       []string // of the only files in the root that are looked at; nil: all are
	NoIgnore    bool
	Defaults    []string // the default excludes
}

// ID returns the name of a root's index files. It follows from the root, from the roots
// within it, which have index files of their own, and from the settings. The revisions and
// the detection rules of the program are no part of it: each release finds the index file
// of the one before.
func ID(root string, within []string, settings Settings) (cachestore.WorkspaceID, error) {
	return idOfFormat(index.FormatVersion, root, within, settings)
}

// idOfFormat is ID for a version of the index file's format.
func idOfFormat(format int, root string, within []string, settings Settings) (cachestore.WorkspaceID, error) {
	h := struct { // an empty list and a missing one are the same
		Version     int
		Format      int
		Root        []byte   // names need not be UTF-8
		Within      [][]byte `json:",omitempty"`
		MaxFileSize int64
		Exclude     []string `json:",omitempty"`
		Include     []string `json:",omitempty"`
		Names       [][]byte `json:",omitempty"` // need not be UTF-8 either
		NoIgnore    bool
		Defaults    []string
	}{
		Version: settings.WalkVersion, Format: format, Root: []byte(root), MaxFileSize: settings.MaxFileSize,
		Exclude: settings.Exclude, Include: settings.Include, NoIgnore: settings.NoIgnore, Defaults: settings.Defaults,
	}
	for _, inner := range slices.Sorted(slices.Values(within)) {
		h.Within = append(h.Within, []byte(inner))
	}
	for _, name := range slices.Sorted(slices.Values(settings.Names)) {
		h.Names = append(h.Names, []byte(name))
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		return cachestore.WorkspaceID{}, err
	}
	sum := cachestore.Sum(encoded)
	return cachestore.WorkspaceID(sum[:len(cachestore.WorkspaceID{})]), nil
}
