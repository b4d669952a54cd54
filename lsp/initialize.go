package lsp

import (
	"context"
	"encoding/json"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// initialize answers at once: it looks at no file. The session gets to know its folders in
// the background, see inBackground.
func (s *Server) initialize(_ context.Context, m *Message) (any, error) {
	var params protocol.InitializeParams
	if err := unmarshal(m.Params, &params); err != nil {
		return nil, err
	}
	var named folderParams
	if err := json.Unmarshal(m.Params, &named); err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "invalid workspace folders: %v", err)
	}
	settings, err := DefaultSettings(s.options.Engine, s.options.Workspace).with(params.InitializationOptions)
	s.initial = settings
	s.clientLog.level.Set(logLevels()[settings.LogLevel]) // it holds for the messages that follow
	if err != nil {
		s.log.Warn("initializationOptions are partly ignored", "err", err)
	}
	if params.Trace != "" {
		s.trace.Store(params.Trace)
	}
	s.client = clientCapabilitiesOf(&params.Capabilities)
	s.openSession(settings, named.paths(), &params)
	if id := params.ProcessID; id != nil && *id > 0 {
		s.parent = findParent(int(*id))
	}
	return &protocol.InitializeResult{
		Capabilities: s.capabilities(),
		ServerInfo:   protocol.ServerInfo{Name: "symcache", Version: protocol.NewOptional(s.options.Version)},
	}, nil
}

// openSession makes the session, and lets the rest of the server see it.
func (s *Server) openSession(settings Settings, folders []string, params *protocol.InitializeParams) {
	options := s.asked
	options.Engine, options.Workspace = s.options.Engine, s.options.Workspace
	options.Engine.MaxFileSize, options.Engine.Macros = int64(settings.MaxFileSize), settings.Macros
	options.Workspace.Settings = settings.look().Settings
	options.Folders = folders
	options.Settings = settings.forSession()
	if general := params.Capabilities.General; general != nil {
		options.Encoding = negotiate(general.PositionEncodings)
	}
	s.settings.Store(&settings)
	s.session = answers.New(options)
	s.state.Store(running)
	close(s.opened)
}

// negotiate takes the first encoding on the client's list that we have. UTF-16
// is what every client has to understand.
func negotiate(offered []protocol.PositionEncodingKind) answers.Encoding {
	for _, e := range offered {
		if e == protocol.PositionEncodingKindUTF8 || e == protocol.PositionEncodingKindUTF16 {
			return e
		}
	}
	return protocol.PositionEncodingKindUTF16
}
