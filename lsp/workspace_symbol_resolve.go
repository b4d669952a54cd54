package lsp

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/symbols"
)

// WorkspaceSymbolResolve answers workspaceSymbol/resolve: where a symbol, that was
// found some time ago, is now. Of several with its name and kind in the file it is the
// nearest; when there is none any more, the answer is the symbol as it was.
func (s *Server) WorkspaceSymbolResolve(ctx context.Context, docs snapshot, rawURI string,
	params *protocol.WorkspaceSymbol) (*protocol.WorkspaceSymbol, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var line uint32
	if l, ok := params.Location.(*protocol.Location); ok {
		line = l.Range.Start.Line
	}
	src, err := s.source(ctx, docs, rawURI)
	if err != nil || src == nil {
		return params, err
	}
	var nearest *symbols.Symbol
	distance := func(sym *symbols.Symbol) uint32 {
		return max(sym.Selection.Start.Line, line) - min(sym.Selection.Start.Line, line)
	}
	for i := range src.summary.Symbols {
		sym := &src.summary.Symbols[i]
		if sym.Name == params.Name && s.features.workspaceSymbols.kind(sym.Kind) == params.Kind &&
			(nearest == nil || distance(sym) < distance(nearest)) {
			nearest = sym
		}
	}
	if nearest == nil {
		return params, nil
	}
	resolved := *params
	resolved.Location = &protocol.Location{URI: uri.URI(rawURI), Range: textRange(nearest.Selection, s.encoding)}
	return &resolved, nil
}
