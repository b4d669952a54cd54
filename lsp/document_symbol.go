package lsp

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/answers"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// documentSymbol answers textDocument/documentSymbol. Of a document without a known language
// the answer is null.
func (s *Server) documentSymbol(ctx context.Context, docs answers.Snapshot, rawURI string,
	_ *protocol.DocumentSymbolParams) (protocol.DocumentSymbolResult, error) {
	outline, err := s.session.DocumentSymbols(ctx, docs, rawURI)
	if err != nil || outline == nil {
		return nil, err
	}
	if s.client.hierarchy {
		return DocumentSymbols(outline.Summary, outline.Language, s.session.Encoding(), s.client.documentSymbols), nil
	}
	return symbolInformation(outline.Summary, uri.URI(rawURI), s.session.Encoding(), s.client.documentSymbols), nil
}

// DocumentSymbols returns a summary of a text in a language as LSP's hierarchy.
func DocumentSymbols(summary *symbols.Summary, lang *language.Language, enc answers.Encoding,
	c SymbolCapabilities) protocol.DocumentSymbolSlice {
	children := make(map[int][]int) // by parent
	for i := range summary.Symbols {
		parent := summary.Symbols[i].Parent
		children[parent] = append(children[parent], i)
	}
	var build func(parent int) []protocol.DocumentSymbol
	build = func(parent int) []protocol.DocumentSymbol {
		var nodes []protocol.DocumentSymbol
		for _, i := range children[parent] {
			sym := &summary.Symbols[i]
			node := protocol.DocumentSymbol{
				Name:           sym.DisplayName(),
				Kind:           c.kind(sym.Kind),
				Range:          answers.Range(sym.Range, enc),
				SelectionRange: answers.Range(sym.Selection, enc),
				Children:       build(i),
			}
			if detail := sym.Detail(lang, len(node.Children) > 0); detail != "" {
				node.Detail = &detail
			}
			node.Tags, node.Deprecated = c.deprecated(sym.Flags) //nolint:staticcheck // for clients without tags
			nodes = append(nodes, node)
		}
		return nodes
	}
	if top := build(-1); top != nil {
		return top
	}
	return protocol.DocumentSymbolSlice{}
}

// symbolInformation returns a summary as the flat list of older clients.
func symbolInformation(summary *symbols.Summary, uri uri.URI, enc answers.Encoding,
	c SymbolCapabilities) protocol.SymbolInformationSlice {
	list := make(protocol.SymbolInformationSlice, 0, len(summary.Symbols))
	for i := range summary.Symbols {
		sym := &summary.Symbols[i]
		info := protocol.SymbolInformation{
			BaseSymbolInformation: protocol.BaseSymbolInformation{Name: sym.DisplayName(), Kind: c.kind(sym.Kind)},
			Location:              protocol.Location{URI: uri, Range: answers.Range(sym.Range, enc)},
		}
		if container := summary.ContainerOf(i); container != "" {
			info.ContainerName = &container
		}
		info.Tags, info.Deprecated = c.deprecated(sym.Flags) //nolint:staticcheck // for clients without tags
		list = append(list, info)
	}
	return list
}
