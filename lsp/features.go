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
	watchedFiles     bool // can be asked to tell of changes on disk
	relativePatterns bool // of files to watch

	definitionLinks  bool // as answers to textDocument/definition
	declarationLinks bool
	markdown         bool // in hovers
	lineFoldingOnly  bool
	foldingLimit     int // ranges in an answer
}

// defaultFoldingLimit is what editors take unless they say otherwise.
const defaultFoldingLimit = 5000

// SymbolFeatures is how symbols may be described in one kind of answer.
type SymbolFeatures struct {
	kinds []protocol.SymbolKind // nil: those of the first version of LSP
	tags  bool
}

func featuresOf(c *protocol.ClientCapabilities) features {
	f := features{foldingLimit: defaultFoldingLimit}
	if c.TextDocument != nil {
		f.ofDocuments(c.TextDocument)
	}
	if ws := c.Workspace; ws != nil && ws.Symbol != nil {
		f.workspaceSymbols = symbolFeaturesOf(ws.Symbol.SymbolKind, ws.Symbol.TagSupport)
	}
	if ws := c.Workspace; ws != nil && ws.DidChangeWatchedFiles != nil {
		f.watchedFiles = isTrue(ws.DidChangeWatchedFiles.DynamicRegistration)
		f.relativePatterns = isTrue(ws.DidChangeWatchedFiles.RelativePatternSupport)
	}
	if c.Window != nil {
		f.workDoneProgress = isTrue(c.Window.WorkDoneProgress)
	}
	return f
}

func (f *features) ofDocuments(c *protocol.TextDocumentClientCapabilities) {
	if c.DocumentSymbol != nil {
		f.hierarchy = isTrue(c.DocumentSymbol.HierarchicalDocumentSymbolSupport)
		f.documentSymbols = symbolFeaturesOf(c.DocumentSymbol.SymbolKind, c.DocumentSymbol.TagSupport)
	}
	if c.Definition != nil {
		f.definitionLinks = isTrue(c.Definition.LinkSupport)
	}
	if c.Declaration != nil {
		f.declarationLinks = isTrue(c.Declaration.LinkSupport)
	}
	if c.Hover != nil && len(c.Hover.ContentFormat) > 0 {
		f.markdown = c.Hover.ContentFormat[0] == protocol.MarkupKindMarkdown // the one preferred
	}
	if c.FoldingRange != nil {
		f.lineFoldingOnly = isTrue(c.FoldingRange.LineFoldingOnly)
		if limit := c.FoldingRange.RangeLimit; limit != nil {
			f.foldingLimit = int(min(*limit, defaultFoldingLimit))
		}
	}
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
