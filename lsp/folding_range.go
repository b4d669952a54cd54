package lsp

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// foldingRange answers textDocument/foldingRange.
func (s *Server) foldingRange(ctx context.Context, docs answers.Snapshot, rawURI string,
	_ *protocol.FoldingRangeParams) ([]protocol.FoldingRange, error) {
	return s.session.FoldingRanges(ctx, docs, rawURI, s.client.foldingLimit)
}
