package lsp

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"go.lsp.dev/jsonrpc2"

	"github.com/symcache/symcache/lsp/workspace"
)

// folders are the roots as the client names them, and what they are to us.
type folders struct {
	mu      sync.Mutex
	dirs    []string      // the client's paths, as it wants them
	roots   roots         // as they are; never changed, but replaced
	changed chan struct{} // has a token when dirs have changed
}

func newFolders() folders { return folders{changed: make(chan struct{}, 1)} }

// now returns the roots as they are.
func (f *folders) now() roots {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.roots
}

// want returns the directories that the client wants.
func (f *folders) want() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dirs
}

// set makes dirs the roots; it looks at the disk for their canonical names.
func (f *folders) set(dirs []string) {
	var next roots
	for _, dir := range dirs {
		if canonical, err := workspace.Canonical(dir); err == nil {
			next = append(next, root{client: dir, canonical: canonical})
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.roots = next
}

// didChangeWorkspaceFolders adds and removes roots, in the background: that may wait
// for a scan.
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
	f := &s.roots
	f.mu.Lock()
	dirs := slices.Clone(f.dirs)
	for _, removed := range params.Event.Removed {
		if path, ok := folderPath(removed); ok {
			dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == path })
		}
	}
	for _, added := range params.Event.Added {
		if path, ok := folderPath(added); ok && !slices.Contains(dirs, path) {
			dirs = append(dirs, path)
		}
	}
	same := slices.Equal(dirs, f.dirs)
	f.dirs = dirs
	f.mu.Unlock()
	if same {
		return nil
	}
	s.scan.expect() // whoever asks from now on waits for it
	select {
	case f.changed <- struct{}{}:
	default: // the scan to come is of these
		s.scan.spare()
	}
	return nil
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

// keepRoots makes the roots those that the client wants, until ctx ends.
func (s *Server) keepRoots(ctx context.Context) {
	for {
		select {
		case <-s.roots.changed:
		case <-ctx.Done():
			return
		}
		dirs := s.roots.want()
		if err := s.workspace.SetRoots(dirs); err != nil {
			s.log.Warn("cannot use a workspace folder", "err", err)
		}
		s.roots.set(dirs)
		s.switches.notify() // the client watches others now
		s.scanAll(ctx)
	}
}
