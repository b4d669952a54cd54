package lsp

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/answers"
)

// definition answers textDocument/definition.
func (s *Server) definition(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.DefinitionParams) (protocol.DefinitionResult, error) {
	found, err := s.session.Definition(ctx, docs, rawURI, params.Position)
	if err != nil || len(found.Places) == 0 {
		return nil, err
	}
	if s.client.definitionLinks {
		return protocol.DefinitionLinkSlice(links[protocol.DefinitionLink](found)), nil
	}
	return locations(found), nil
}

func locations(found answers.Definitions) protocol.LocationSlice {
	list := make(protocol.LocationSlice, len(found.Places))
	for i, place := range found.Places {
		list[i] = protocol.Location{URI: uri.URI(place.URI), Range: place.Selection}
	}
	return list
}

// links returns definitions as links, which have two names in the protocol.
func links[Link protocol.DefinitionLink | protocol.DeclarationLink](found answers.Definitions) []Link {
	list := make([]Link, len(found.Places))
	for i, place := range found.Places {
		list[i] = Link(protocol.LocationLink{
			OriginSelectionRange: &found.Name,
			TargetURI:            uri.URI(place.URI),
			TargetRange:          place.Range,
			TargetSelectionRange: place.Selection,
		})
	}
	return list
}
