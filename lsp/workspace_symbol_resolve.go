package lsp

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/answers"
)

// workspaceSymbolResolve answers workspaceSymbol/resolve with where a symbol is now that was
// found some time ago. When it has gone, the answer is the symbol as it was.
func (s *Server) workspaceSymbolResolve(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.WorkspaceSymbol) (*protocol.WorkspaceSymbol, error) {
	var line uint32
	if l, ok := params.Location.(*protocol.Location); ok {
		line = l.Range.Start.Line
	}
	kinds := s.client.workspaceSymbols.kindSet(params.Kind)
	place, found, err := s.session.Relocate(ctx, docs, rawURI, params.Name, kinds, line)
	if err != nil || !found {
		return params, err
	}
	resolved := *params
	resolved.Location = &protocol.Location{URI: uri.URI(rawURI), Range: place}
	return &resolved, nil
}
