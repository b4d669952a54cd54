package lsp

import (
	"encoding/json"
	"path/filepath"
	"slices"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace"
)

// maxLimit bounds the setting of workspace symbols in an answer: some 2 MB.
const maxLimit = 10_000

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
	s.limit = min(settings.Limit, maxLimit)
	s.features = featuresOf(&params.Capabilities)
	if general := params.Capabilities.General; general != nil {
		s.encoding = negotiate(general.PositionEncodings)
	}
	s.engine = workspace.NewEngine(config)

	var named rootParams
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid workspace folders: %v", err)
	}
	dirs := rootDirs(named)
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
			DefinitionProvider:        protocol.Boolean(true),
			DeclarationProvider:       protocol.Boolean(true),
			HoverProvider:             protocol.Boolean(true),
			DocumentHighlightProvider: protocol.Boolean(true),
			FoldingRangeProvider:      protocol.Boolean(true),
			SelectionRangeProvider:    protocol.Boolean(true),
			DocumentSymbolProvider:    &protocol.DocumentSymbolOptions{Label: ptr("symcache")},
			WorkspaceSymbolProvider:   protocol.Boolean(true),
		},
		ServerInfo: protocol.ServerInfo{Name: "symcache", Version: protocol.NewOptional(s.options.Version)},
	}, nil
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
