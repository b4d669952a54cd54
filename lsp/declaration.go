package lsp

import (
	"context"

	"go.lsp.dev/protocol"
)

// Declaration answers textDocument/declaration as Definition does its request:
// by name, the two are not told apart.
func (s *Server) Declaration(ctx context.Context, docs snapshot, rawURI string,
	params *protocol.DeclarationParams) (protocol.DeclarationResult, error) {
	found, err := s.define(ctx, docs, rawURI, params.Position)
	if err != nil || len(found.matches) == 0 {
		return nil, err
	}
	if s.features.declarationLinks {
		return protocol.DeclarationLinkSlice(links[protocol.DeclarationLink](s, found)), nil
	}
	return s.locations(found), nil
}
