package lsp

import (
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// features is what we need to know of a client's capabilities.
type features struct {
	hierarchy        bool // of document symbols
	documentSymbols  SymbolFeatures
	workspaceSymbols SymbolFeatures
	workDoneProgress bool
}

// SymbolFeatures is how symbols may be described in one kind of answer.
type SymbolFeatures struct {
	kinds []protocol.SymbolKind // nil: those of the first version of LSP
	tags  bool
}

func featuresOf(c *protocol.ClientCapabilities) features {
	var f features
	if doc := c.TextDocument; doc != nil && doc.DocumentSymbol != nil {
		f.hierarchy = isTrue(doc.DocumentSymbol.HierarchicalDocumentSymbolSupport)
		f.documentSymbols = symbolFeaturesOf(doc.DocumentSymbol.SymbolKind, doc.DocumentSymbol.TagSupport)
	}
	if ws := c.Workspace; ws != nil && ws.Symbol != nil {
		f.workspaceSymbols = symbolFeaturesOf(ws.Symbol.SymbolKind, ws.Symbol.TagSupport)
	}
	if c.Window != nil {
		f.workDoneProgress = isTrue(c.Window.WorkDoneProgress)
	}
	return f
}

func symbolFeaturesOf(kinds *protocol.ClientSymbolKindOptions, tags protocol.ClientSymbolTagOptions) SymbolFeatures {
	f := SymbolFeatures{tags: slices.Contains(tags.ValueSet, protocol.SymbolTagDeprecated)}
	if kinds != nil {
		f.kinds = kinds.ValueSet
	}
	return f
}

// AllSymbolFeatures is for readers that know everything that LSP does.
func AllSymbolFeatures() SymbolFeatures {
	f := SymbolFeatures{tags: true}
	for k := symbols.File; k <= symbols.TypeParameter; k++ {
		f.kinds = append(f.kinds, protocol.SymbolKind(k))
	}
	return f
}

func isTrue(b *bool) bool { return b != nil && *b }

// kind returns a kind that the client knows.
func (f SymbolFeatures) kind(k symbols.Kind) protocol.SymbolKind {
	if f.kinds != nil && slices.Contains(f.kinds, protocol.SymbolKind(k)) || f.kinds == nil && k <= symbols.Array {
		return protocol.SymbolKind(k)
	}
	switch k {
	case symbols.EnumMember:
		return protocol.SymbolKind(symbols.Constant)
	case symbols.Struct, symbols.TypeParameter:
		return protocol.SymbolKind(symbols.Class)
	case symbols.Operator:
		return protocol.SymbolKind(symbols.Method)
	case symbols.Key, symbols.Event:
		return protocol.SymbolKind(symbols.Property)
	case symbols.Object, symbols.Null:
		return protocol.SymbolKind(symbols.Variable)
	}
	return protocol.SymbolKind(k)
}

// deprecated describes a deprecated symbol: with a tag, or as LSP did before.
func (f SymbolFeatures) deprecated(flags symbols.Flags) (tags []protocol.SymbolTag, deprecated *bool) {
	switch {
	case flags&symbols.Deprecated == 0:
		return nil, nil
	case f.tags:
		return []protocol.SymbolTag{protocol.SymbolTagDeprecated}, nil
	}
	return nil, ptr(true)
}
