package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// documentHighlight answers textDocument/documentHighlight.
func (s *Server) documentHighlight(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
	return s.session.DocumentHighlights(ctx, docs, rawURI, params.Position)
}
