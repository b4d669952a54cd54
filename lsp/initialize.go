package lsp

import (
	"encoding/json"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace"
)

// Settings are the initializationOptions of the client. What is absent keeps the
// value that the server was started with.
type Settings struct {
	// MaxFileSize in bytes, above which files are not parsed.
	MaxFileSize int64 `json:"maxFileSize"`
	// Exclude has patterns of files not to look at, in gitignore syntax.
	Exclude []string `json:"exclude"`
	// Limit is the largest number of workspace symbols in an answer.
	Limit int `json:"limit"`
}

// initialize answers at once: it looks at no file.
func (s *Server) initialize(raw jsonrpc2.RawMessage) (any, error) {
	var params protocol.InitializeParams
	if err := unmarshal(raw, &params); err != nil {
		return nil, err
	}
	settings := Settings{
		MaxFileSize: s.options.Engine.MaxFileSize,
		Exclude:     s.options.Engine.Exclude,
		Limit:       index.DefaultLimit,
	}
	if options := params.InitializationOptions; len(options) > 0 {
		// An editor that cannot start its server over a misspelled setting helps nobody.
		if err := json.Unmarshal(options, &settings); err != nil {
			s.log.Warn("initializationOptions are partly ignored", "err", err)
		}
	}
	config := s.options.Engine
	config.MaxFileSize, config.Exclude = settings.MaxFileSize, settings.Exclude
	s.limit = settings.Limit
	s.features = featuresOf(&params.Capabilities)
	if general := params.Capabilities.General; general != nil {
		s.encoding = negotiate(general.PositionEncodings)
	}
	s.engine = workspace.NewEngine(config)

	dirs := rootDirs(&params)
	var err error
	if s.workspace, err = workspace.New(s.engine, dirs); err != nil {
		s.log.Warn("cannot use a workspace folder", "err", err)
	}
	for _, dir := range dirs {
		if canonical, err := workspace.Canonical(dir); err == nil {
			s.roots = append(s.roots, root{client: dir, canonical: canonical})
		}
	}
	s.state.Store(running)

	change := protocol.TextDocumentSyncKindIncremental
	return &protocol.InitializeResult{
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: s.encoding,
			TextDocumentSync: &protocol.TextDocumentSyncOptions{
				OpenClose: ptr(true), Change: &change, Save: protocol.Boolean(true),
			},
			DocumentSymbolProvider:  &protocol.DocumentSymbolOptions{Label: ptr("symcache")},
			WorkspaceSymbolProvider: protocol.Boolean(true),
		},
		ServerInfo: protocol.ServerInfo{Name: "symcache", Version: protocol.NewOptional(s.options.Version)},
	}, nil
}

// rootDirs returns the paths of the workspace folders, else of the older forms
// of a root. There may be none: the client has opened a single file.
func rootDirs(params *protocol.InitializeParams) []string {
	var dirs []string
	add := func(uri string) {
		if path, ok := filePath(uri); ok && !slices.Contains(dirs, path) {
			dirs = append(dirs, path)
		}
	}
	if folders, ok := params.WorkspaceFolders.Get(); ok {
		for _, folder := range folders {
			add(string(folder.URI))
		}
		return dirs
	}
	if params.RootURI != nil {
		add(string(*params.RootURI))
	} else if path, ok := params.RootPath.Get(); ok {
		dirs = append(dirs, path)
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
