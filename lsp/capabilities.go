package lsp

import "go.lsp.dev/protocol"

// capabilities returns those of the server but for those that are registered later, see
// wanted.
func (s *Server) capabilities() protocol.ServerCapabilities {
	change := protocol.TextDocumentSyncKindIncremental
	c := protocol.ServerCapabilities{
		PositionEncoding: s.session.Encoding(),
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: new(true), Change: &change, Save: protocol.Boolean(true),
		},
		ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: commands()},
		Workspace: &protocol.WorkspaceOptions{
			WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported: new(true), ChangeNotifications: protocol.Boolean(true),
			},
			FileOperations: fileOperations(),
		},
	}
	for _, f := range features() {
		if !s.client.dynamic[f.name] && s.initial.isOn(f.name) {
			f.provide(&c)
		}
	}
	if c.WorkspaceSymbolProvider != nil && s.client.resolveRanges {
		c.WorkspaceSymbolProvider = &protocol.WorkspaceSymbolOptions{ResolveProvider: new(true)}
	}
	return c
}

// fileOperations asks the client to report all files that the user creates, renames and
// deletes.
func fileOperations() *protocol.FileOperationOptions {
	all := protocol.FileOperationRegistrationOptions{Filters: []protocol.FileOperationFilter{{
		Scheme: new("file"), Pattern: protocol.FileOperationPattern{Glob: "**/*"},
	}}}
	return &protocol.FileOperationOptions{DidCreate: all, DidRename: all, DidDelete: all}
}
