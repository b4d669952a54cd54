package answers

import (
	"context"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace"
)

// folders are the workspace folders as the client names them, and what they are to us.
type folders struct {
	mu      sync.Mutex
	wanted  []string      // the client's paths
	look    Look          // how they are to be looked at
	paths   folderPaths   // of those that can be used; never changed, but replaced
	changed chan struct{} // has a token when wanted is to be resolved anew
}

func newFolders(wanted []string, look Look) folders {
	return folders{wanted: wanted, look: look, changed: make(chan struct{}, 1)}
}

// Look says how folders are looked at.
type Look struct {
	workspace.Settings
	MaxFileSize int64 // see contents.Config
}

// looks returns how the folders are to be looked at.
func (f *folders) looks() Look {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.look
}

// LookAgain changes how the folders are looked at, in the background. An answer that would be
// empty waits for the scan.
func (s *Session) LookAgain(look Look) {
	s.folders.mu.Lock()
	s.folders.look = look
	s.folders.mu.Unlock()
	s.wakeFolders()
}

// now returns the paths of the folders that can be used.
func (f *folders) now() folderPaths {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.paths
}

// want returns the folders that the client wants.
func (f *folders) want() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wanted
}

// set takes what the folders were found to be.
func (f *folders) set(found []workspace.Root) {
	var next folderPaths
	for _, folder := range found {
		if folder.Err == nil {
			next = append(next, folderPath{client: folder.Named, canonical: folder.Dir})
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paths = next
}

// change adds and removes folders that the client wants. It reports whether it wants
// others now.
func (f *folders) change(added, removed []string) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(f.wanted), func(folder string) bool { return slices.Contains(removed, folder) })
	for _, folder := range added {
		if !slices.Contains(next, folder) {
			next = append(next, folder)
		}
	}
	changed = !slices.Equal(next, f.wanted)
	f.wanted = next
	return changed
}

// Folders returns the folders that the client wants, as it spells them.
func (s *Session) Folders() []string { return s.folders.want() }

// ChangeFolders adds and removes folders, in the background. Paths are absolute. An answer
// that would be empty waits for the scan of the new ones.
func (s *Session) ChangeFolders(added, removed []string) {
	if s.folders.change(added, removed) {
		s.wakeFolders()
	}
}

// openFolders makes the folders that the client wants roots of the workspace.
func (s *Session) openFolders(ctx context.Context) {
	look := s.folders.looks()
	s.workspace.Configure(look.Settings, look.MaxFileSize)
	found := s.resolver.resolve(ctx, s.folders.want(), s.options.Waits.Folder)
	s.folders.set(found)
	if err := s.workspace.Use(found); err != nil && s.options.Events.BadFolders != nil {
		s.options.Events.BadFolders(err)
	}
	s.buffers.reset() // the rank of an open file depends on its folder
}

// wakeFolders has the folders resolved anew, and scanned after that.
func (s *Session) wakeFolders() {
	s.scans.expect() // a question that comes from now on waits for it
	select {
	case s.folders.changed <- struct{}{}:
	default: // the scan to come is of these folders
		s.scans.arrived()
	}
}

// awaitFolders waits until the first folders are known to the workspace. It gives up when
// the session has waited for them for as long as an answer may.
func (s *Session) awaitFolders(ctx context.Context) {
	defer timing.In(ctx, timing.Folders)()
	select {
	case <-s.opened:
	case <-s.patience:
	case <-ctx.Done():
	}
}

// keepFolders makes the roots of the workspace those that the client wants, until ctx ends.
func (s *Session) keepFolders(ctx context.Context) {
	for {
		select {
		case <-s.folders.changed:
		case <-ctx.Done():
			return
		}
		s.openFolders(ctx)
		s.services.notify() // the client is to watch others now
		s.scanAll(ctx)
	}
}
