package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// declaration answers textDocument/declaration.
func (s *Server) declaration(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.DeclarationParams) (protocol.DeclarationResult, error) {
	found, err := s.session.Declaration(ctx, docs, rawURI, params.Position)
	if err != nil || len(found.Places) == 0 {
		return nil, err
	}
	if s.client.declarationLinks {
		return protocol.DeclarationLinkSlice(links[protocol.DeclarationLink](found)), nil
	}
	return locations(found), nil
}
