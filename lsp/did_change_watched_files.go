package lsp

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/timing"
)

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
	s.changed(uris...)
	return nil
}

// didOperateOnFiles is for what the user has done with files in the client: created,
// renamed or deleted them.
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
	s.changed(uris...)
	return nil
}

// unmarshalPlain decodes params as the client spells them: the protocol's URI type
// would change them.
func unmarshalPlain(raw jsonrpc2.RawMessage, params any) error {
	if err := json.Unmarshal(raw, params); err != nil {
		return jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid params: %v", err)
	}
	return nil
}

// changed has the paths of URIs looked at again, soon. Those that name no file are
// passed over.
func (s *Server) changed(uris ...string) {
	var paths []string
	for _, u := range uris {
		if path, ok := filePath(u); ok {
			paths = append(paths, s.roots.now().canonical(path))
		}
	}
	s.hints.add(paths)
}

// maxHints bounds the paths that wait to be looked at, some 100 bytes each. With more,
// everything is looked at.
const maxHints = 32 << 10

// hints are paths that the client says have changed, on their way to the workspace,
// which waits for the disk to look at them: reading messages does not.
type hints struct {
	mu     sync.Mutex
	paths  map[string]bool
	more   bool          // than are kept in paths
	wake   chan struct{} // has a token when there are paths to take
	passed chan struct{} // closed when all have been passed on
	passes bool          // some are just being
}

func newHints() hints {
	passed := make(chan struct{})
	close(passed)
	return hints{paths: make(map[string]bool), wake: make(chan struct{}, 1), passed: passed}
}

func (h *hints) add(paths []string) {
	if len(paths) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.empty() && !h.passes {
		h.passed = make(chan struct{})
	}
	for _, path := range paths {
		h.paths[path] = true
	}
	if len(h.paths) > maxHints {
		h.paths, h.more = make(map[string]bool), true
	}
	select {
	case h.wake <- struct{}{}:
	default: // the token of others is still there
	}
}

// empty tells, with mu held, that nothing waits.
func (h *hints) empty() bool { return len(h.paths) == 0 && !h.more }

// pass hands over all paths that there are, and tells when there were more.
func (h *hints) pass(to func(paths ...string), more func()) {
	h.mu.Lock()
	if h.empty() {
		h.mu.Unlock()
		return // they were taken with those of the token before
	}
	paths, all := slices.Collect(maps.Keys(h.paths)), !h.more
	clear(h.paths)
	h.more, h.passes = false, true
	h.mu.Unlock()
	if !all {
		more()
	}
	to(paths...)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passes = false; h.empty() {
		close(h.passed)
	}
}

// done is closed when all paths so far have been passed on.
func (h *hints) done() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.passed
}

// keepHinted passes hints on, until ctx ends.
func (s *Server) keepHinted(ctx context.Context) {
	for {
		select {
		case <-s.hints.wake:
			s.hints.pass(s.workspace.Changed, s.workspace.Rescan)
		case <-ctx.Done():
			return
		}
	}
}

// settle waits until all files of which the client or the disk has told a change
// before have been read again, or ctx ends.
func (s *Server) settle(ctx context.Context) {
	defer timing.In(ctx, timing.Saved)()
	select {
	case <-s.hints.done():
		s.workspace.Settle(ctx)
	case <-ctx.Done():
	}
}

// watchers are the files that the client is to watch, where it can be asked:
// everything below the roots, as far as it can tell that from what is not.
func (s *Server) watchers() any {
	var options protocol.DidChangeWatchedFilesRegistrationOptions
	if !s.features.relativePatterns {
		options.Watchers = append(options.Watchers, protocol.FileSystemWatcher{GlobPattern: protocol.Pattern("**/*")})
		return options
	}
	for _, dir := range s.roots.want() {
		base := protocol.URI(FileURI(dir))
		options.Watchers = append(options.Watchers, protocol.FileSystemWatcher{
			GlobPattern: &protocol.RelativePattern{BaseURI: base, Pattern: "**/*"},
		})
	}
	return options
}

// fileOperations is what we want to be told of: everything on disk.
func fileOperations() *protocol.FileOperationOptions {
	all := protocol.FileOperationRegistrationOptions{Filters: []protocol.FileOperationFilter{{
		Scheme: ptr("file"), Pattern: protocol.FileOperationPattern{Glob: "**/*"},
	}}}
	return &protocol.FileOperationOptions{DidCreate: all, DidRename: all, DidDelete: all}
}
