package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// selectionRange answers textDocument/selectionRange.
func (s *Server) selectionRange(ctx context.Context, docs answers.Snapshot, rawURI string,
	params *protocol.SelectionRangeParams) ([]protocol.SelectionRange, error) {
	return s.session.SelectionRanges(ctx, docs, rawURI, params.Positions)
}
