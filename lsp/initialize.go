package lsp

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// initialize answers at once: it looks at no file. The workspace gets to know its
// folders in the background, see openRoots.
func (s *Server) initialize(raw jsonrpc2.RawMessage) (any, error) {
	var params protocol.InitializeParams
	if err := unmarshal(raw, &params); err != nil {
		return nil, err
	}
	settings, err := DefaultSettings(s.options.Engine, s.options.Workspace).with(params.InitializationOptions)
	s.initial = settings
	s.apply(settings) // the client is told what follows
	if err != nil {
		s.log.Warn("initializationOptions are partly ignored", "err", err)
	}
	if params.Trace != "" {
		s.trace.Store(params.Trace)
	}
	engine, roots := s.options.Engine, s.options.Workspace
	engine.MaxFileSize, roots.Exclude, roots.IndexHome = settings.MaxFileSize, settings.Exclude, settings.IndexHome
	s.features = featuresOf(&params.Capabilities)
	if general := params.Capabilities.General; general != nil {
		s.encoding = negotiate(general.PositionEncodings)
	}
	s.engine = contents.NewEngine(engine)

	var named rootParams
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid workspace folders: %v", err)
	}
	dirs := rootDirs(named)
	s.workspace = workspace.Empty(s.engine, roots)
	s.roots.change(dirs, nil)
	s.state.Store(running)
	time.AfterFunc(s.waits.Empty, func() { close(s.patience) })
	close(s.named)

	if id := params.ProcessID; id != nil && *id > 0 {
		s.parent = findParent(int(*id))
	}
	return &protocol.InitializeResult{
		Capabilities: s.capabilities(),
		ServerInfo:   protocol.ServerInfo{Name: "symcache", Version: protocol.NewOptional(s.options.Version)},
	}, nil
}

// capabilities are those that are not registered while running, see wanted.
func (s *Server) capabilities() protocol.ServerCapabilities {
	change := protocol.TextDocumentSyncKindIncremental
	c := protocol.ServerCapabilities{
		PositionEncoding: s.encoding,
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: ptr(true), Change: &change, Save: protocol.Boolean(true),
		},
		ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: commands()},
		Workspace: &protocol.WorkspaceOptions{
			WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported: ptr(true), ChangeNotifications: protocol.Boolean(true),
			},
			FileOperations: fileOperations(),
		},
	}
	for _, f := range featureList() {
		if !s.features.dynamic[f.name] && !isOff(s.initial.Features, f.name) {
			f.provide(&c)
		}
	}
	if c.WorkspaceSymbolProvider != nil && s.features.resolveRanges {
		c.WorkspaceSymbolProvider = &protocol.WorkspaceSymbolOptions{ResolveProvider: ptr(true)}
	}
	return c
}

// rootParams are the members of protocol.InitializeParams that name the roots, as
// the client spells them: the protocol's type makes "/" of an empty URI.
type rootParams struct {
	WorkspaceFolders []struct {
		URI string `json:"uri"`
	} `json:"workspaceFolders"`
	RootURI  string `json:"rootUri"`
	RootPath string `json:"rootPath"`
}

// rootDirs returns the paths of the workspace folders, else of the older forms
// of a root. There may be none: the client has opened a single file.
func rootDirs(params rootParams) []string {
	var dirs []string
	add := func(path string, ok bool) {
		if ok && !slices.Contains(dirs, path) {
			dirs = append(dirs, path)
		}
	}
	switch {
	case params.WorkspaceFolders != nil:
		for _, folder := range params.WorkspaceFolders {
			add(filePath(folder.URI))
		}
	case params.RootURI != "":
		add(filePath(params.RootURI))
	default:
		add(filepath.Clean(params.RootPath), filepath.IsAbs(params.RootPath))
	}
	return dirs
}

// negotiate takes the first encoding on the client's list that we have. UTF-16
// is what every client has to understand.
func negotiate(offered []protocol.PositionEncodingKind) encoding {
	for _, e := range offered {
		if e == protocol.PositionEncodingKindUTF8 || e == protocol.PositionEncodingKindUTF16 {
			return e
		}
	}
	return protocol.PositionEncodingKindUTF16
}

func ptr[T any](v T) *T { return &v }
