package lsp

import (
	"encoding/json"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// features is what we need to know of a client's capabilities.
type features struct {
	hierarchy        bool // of document symbols
	documentSymbols  SymbolFeatures
	workspaceSymbols SymbolFeatures
	workDoneProgress bool

	definitionLinks  bool // as answers to textDocument/definition
	declarationLinks bool
	markdown         bool // in hovers
	foldingLimit     int  // ranges in an answer

	resolveRanges    bool // of workspace symbols
	configuration    bool // can be fetched
	relativePatterns bool // of watched files
	serverStatus     bool // is wanted
	// dynamic has the names of features, and the two below, that are registered
	// while running.
	dynamic map[string]bool
}

// The capabilities that are registered beside those of features.
const (
	capabilityConfiguration = "didChangeConfiguration"
	capabilityWatchedFiles  = "didChangeWatchedFiles"
)

// defaultFoldingLimit is what editors take unless they say otherwise.
const defaultFoldingLimit = 5000

// SymbolFeatures is how symbols may be described in one kind of answer.
type SymbolFeatures struct {
	kinds []protocol.SymbolKind // nil: those of the first version of LSP
	tags  bool
}

func featuresOf(c *protocol.ClientCapabilities) features {
	f := features{foldingLimit: defaultFoldingLimit, dynamic: make(map[string]bool)}
	if c.TextDocument != nil {
		f.ofDocuments(c.TextDocument)
	}
	if c.Workspace != nil {
		f.ofWorkspace(c.Workspace)
	}
	if c.Window != nil {
		f.workDoneProgress = isTrue(c.Window.WorkDoneProgress)
	}
	var experimental struct {
		ServerStatusNotification bool `json:"serverStatusNotification"`
	}
	if json.Unmarshal(c.Experimental, &experimental) == nil {
		f.serverStatus = experimental.ServerStatusNotification
	}
	return f
}

func (f *features) ofWorkspace(c *protocol.WorkspaceClientCapabilities) {
	f.configuration = isTrue(c.Configuration)
	if c.Symbol != nil {
		f.workspaceSymbols = symbolFeaturesOf(c.Symbol.SymbolKind, c.Symbol.TagSupport)
		f.resolveRanges = slices.Contains(c.Symbol.ResolveSupport.Properties, "location.range")
		f.dynamic[featureWorkspaceSymbol] = isTrue(c.Symbol.DynamicRegistration)
	}
	if c.DidChangeConfiguration != nil {
		f.dynamic[capabilityConfiguration] = isTrue(c.DidChangeConfiguration.DynamicRegistration)
	}
	if c.DidChangeWatchedFiles != nil {
		f.dynamic[capabilityWatchedFiles] = isTrue(c.DidChangeWatchedFiles.DynamicRegistration)
		f.relativePatterns = isTrue(c.DidChangeWatchedFiles.RelativePatternSupport)
	}
}

// resolves is the option of that name, nil for clients that do not know it.
func (f *features) resolves() *bool {
	if !f.resolveRanges {
		return nil
	}
	return ptr(true)
}

func (f *features) ofDocuments(c *protocol.TextDocumentClientCapabilities) {
	if c.DocumentSymbol != nil {
		f.dynamic[featureDocumentSymbol] = isTrue(c.DocumentSymbol.DynamicRegistration)
		f.hierarchy = isTrue(c.DocumentSymbol.HierarchicalDocumentSymbolSupport)
		f.documentSymbols = symbolFeaturesOf(c.DocumentSymbol.SymbolKind, c.DocumentSymbol.TagSupport)
	}
	if c.Definition != nil {
		f.dynamic["definition"] = isTrue(c.Definition.DynamicRegistration)
		f.definitionLinks = isTrue(c.Definition.LinkSupport)
	}
	if c.Declaration != nil {
		f.dynamic["declaration"] = isTrue(c.Declaration.DynamicRegistration)
		f.declarationLinks = isTrue(c.Declaration.LinkSupport)
	}
	if c.Hover != nil {
		f.dynamic["hover"] = isTrue(c.Hover.DynamicRegistration)
		formats := c.Hover.ContentFormat // the first is preferred
		f.markdown = len(formats) > 0 && formats[0] == protocol.MarkupKindMarkdown
	}
	if c.DocumentHighlight != nil {
		f.dynamic["documentHighlight"] = isTrue(c.DocumentHighlight.DynamicRegistration)
	}
	if c.SelectionRange != nil {
		f.dynamic["selectionRange"] = isTrue(c.SelectionRange.DynamicRegistration)
	}
	if c.FoldingRange != nil {
		f.dynamic["foldingRange"] = isTrue(c.FoldingRange.DynamicRegistration)
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

// kindSet returns the kinds that the client is told as one of these.
func (f SymbolFeatures) kindSet(told []protocol.SymbolKind) (set index.KindSet) {
	for k := symbols.File; k <= symbols.TypeParameter; k++ {
		if slices.Contains(told, f.kind(k)) {
			set.Add(k)
		}
	}
	return set
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
