package lsp

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// workspaceSymbolParams are the params of workspace/symbol that we look at, and one that only
// we have.
type workspaceSymbolParams struct {
	Query string `json:"query"`
	// Kinds, which is not in the protocol, are the kinds of the answer, as the client knows
	// them. Empty: all.
	Kinds []protocol.SymbolKind `json:"kinds"`
}

// workspaceSymbol answers workspace/symbol. Each symbol has its range.
func (s *Server) workspaceSymbol(ctx context.Context, docs answers.Snapshot, _ string,
	params *workspaceSymbolParams) (protocol.WorkspaceSymbolResult, error) {
	kinds := s.client.workspaceSymbols.kindSet(params.Kinds...)
	if kinds == 0 && len(params.Kinds) > 0 {
		return protocol.WorkspaceSymbolSlice{}, nil
	}
	matches, err := s.session.WorkspaceSymbols(ctx, docs, params.Query, kinds)
	if err != nil {
		return nil, err
	}
	if len(matches) == 0 && params.Query != "" {
		s.tellNoFolder()
	}
	uriOf := func(path string) uri.URI { return uri.URI(s.session.URI(path)) }
	return WorkspaceSymbols(matches, s.session.Encoding(), s.client.workspaceSymbols, uriOf), nil
}

// WorkspaceSymbols returns matches in LSP's form. LSP has no kind for macros: they are
// constants whose data is {"macro": true}.
func WorkspaceSymbols(matches []index.Match, enc answers.Encoding, c SymbolCapabilities,
	uriOf func(path string) uri.URI) protocol.WorkspaceSymbolSlice {
	list := make(protocol.WorkspaceSymbolSlice, 0, len(matches))
	for i := range matches {
		m := &matches[i]
		sym := protocol.WorkspaceSymbol{
			BaseSymbolInformation: protocol.BaseSymbolInformation{Name: m.Name, Kind: c.kind(m.Kind)},
			Location:              &protocol.Location{URI: uriOf(m.Path), Range: answers.Range(m.Selection, enc)},
		}
		if m.Container != "" {
			sym.ContainerName = &m.Container
		}
		if m.Flags&symbols.Macro != 0 {
			sym.Data = protocol.LSPAny(`{"macro":true}`)
		}
		// WorkspaceSymbol has no member for clients without tags.
		sym.Tags, _ = c.deprecated(m.Flags)
		list = append(list, sym)
	}
	return list
}
