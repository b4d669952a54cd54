package lsp

import (
	"context"
	"errors"
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// DocumentSymbol answers textDocument/documentSymbol: for an open document from
// its text, else from the file. A document without a known language has none:
// the answer is null.
func (s *Server) DocumentSymbol(ctx context.Context, docs snapshot, rawURI string,
	_ *protocol.DocumentSymbolParams) (protocol.DocumentSymbolResult, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	summary, err := s.summary(ctx, docs, rawURI)
	if err != nil || summary == nil {
		return nil, err
	}
	if s.features.hierarchy {
		return DocumentSymbols(summary, s.encoding, s.features.documentSymbols), nil
	}
	return symbolInformation(summary, uri.URI(rawURI), s.encoding, s.features.documentSymbols), nil
}

// summary returns the symbols of a document, nil where there are none to have.
func (s *Server) summary(ctx context.Context, docs snapshot, rawURI string) (*symbols.Summary, error) {
	if doc, ok := docs.byURI[rawURI]; ok {
		parsed := timing.In(ctx, timing.Parse)
		summary, err := doc.summary(ctx, s.engine)
		parsed()
		if errors.Is(err, errTooLarge) {
			return nil, nil
		}
		return summary, err
	}
	if rawURI == "" {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, errNoURI.Error())
	}
	path, ok := filePath(rawURI)
	if !ok {
		return nil, fmt.Errorf("document %q is not open and not a file", rawURI)
	}
	defer timing.In(ctx, timing.Read)()
	summary, err := s.engine.Outline(ctx, s.canonical(path))
	if errors.Is(err, contents.ErrSkipped) {
		return nil, nil
	}
	return summary, err
}

// DocumentSymbols returns a summary as LSP's hierarchy.
func DocumentSymbols(summary *symbols.Summary, enc encoding, f SymbolFeatures) protocol.DocumentSymbolSlice {
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
				Kind:           f.kind(sym.Kind),
				Range:          textRange(sym.Range, enc),
				SelectionRange: textRange(sym.Selection, enc),
				Children:       build(i),
			}
			if sym.Signature != "" {
				node.Detail = &sym.Signature
			}
			node.Tags, node.Deprecated = f.deprecated(sym.Flags) //nolint:staticcheck // for clients without tags
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
func symbolInformation(summary *symbols.Summary, uri uri.URI, enc encoding,
	f SymbolFeatures) protocol.SymbolInformationSlice {
	list := make(protocol.SymbolInformationSlice, 0, len(summary.Symbols))
	for i := range summary.Symbols {
		sym := &summary.Symbols[i]
		info := protocol.SymbolInformation{
			BaseSymbolInformation: protocol.BaseSymbolInformation{Name: sym.DisplayName(), Kind: f.kind(sym.Kind)},
			Location:              protocol.Location{URI: uri, Range: textRange(sym.Range, enc)},
		}
		if container := summary.ContainerOf(i); container != "" {
			info.ContainerName = &container
		}
		info.Tags, info.Deprecated = f.deprecated(sym.Flags) //nolint:staticcheck // for clients without tags
		list = append(list, info)
	}
	return list
}
