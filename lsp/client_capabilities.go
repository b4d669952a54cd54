package lsp

import (
	"encoding/json"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// clientCapabilities is what we need to know of a client's capabilities.
type clientCapabilities struct {
	hierarchy        bool // of document symbols
	documentSymbols  SymbolCapabilities
	workspaceSymbols SymbolCapabilities
	workDoneProgress bool

	definitionLinks  bool // as answers to textDocument/definition
	declarationLinks bool
	markdown         bool // in hovers
	foldingLimit     int  // ranges in an answer

	resolveRanges    bool // of workspace symbols
	configuration    bool // can be fetched
	relativePatterns bool // of watched files
	serverStatus     bool // is wanted
	// dynamic has the names of the features, and of the two capabilities below, that are
	// registered while running.
	dynamic map[string]bool
}

// The capabilities that are registered beside those of features.
const (
	capabilityConfiguration = "didChangeConfiguration"
	capabilityWatchedFiles  = "didChangeWatchedFiles"
)

func clientCapabilitiesOf(c *protocol.ClientCapabilities) clientCapabilities {
	f := clientCapabilities{foldingLimit: answers.MaxFoldingRanges, dynamic: make(map[string]bool)}
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

func (f *clientCapabilities) ofWorkspace(c *protocol.WorkspaceClientCapabilities) {
	f.configuration = isTrue(c.Configuration)
	if c.Symbol != nil {
		f.workspaceSymbols = symbolCapabilitiesOf(c.Symbol.SymbolKind, c.Symbol.TagSupport)
		f.resolveRanges = slices.Contains(c.Symbol.ResolveSupport.Properties, "location.range")
		f.dynamic[answers.FeatureWorkspaceSymbol] = isTrue(c.Symbol.DynamicRegistration)
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
func (f *clientCapabilities) resolves() *bool {
	if !f.resolveRanges {
		return nil
	}
	return new(true)
}

func (f *clientCapabilities) ofDocuments(c *protocol.TextDocumentClientCapabilities) {
	if c.DocumentSymbol != nil {
		f.dynamic[answers.FeatureDocumentSymbol] = isTrue(c.DocumentSymbol.DynamicRegistration)
		f.hierarchy = isTrue(c.DocumentSymbol.HierarchicalDocumentSymbolSupport)
		f.documentSymbols = symbolCapabilitiesOf(c.DocumentSymbol.SymbolKind, c.DocumentSymbol.TagSupport)
	}
	if c.Definition != nil {
		f.dynamic[answers.FeatureDefinition] = isTrue(c.Definition.DynamicRegistration)
		f.definitionLinks = isTrue(c.Definition.LinkSupport)
	}
	if c.Declaration != nil {
		f.dynamic[answers.FeatureDeclaration] = isTrue(c.Declaration.DynamicRegistration)
		f.declarationLinks = isTrue(c.Declaration.LinkSupport)
	}
	if c.Hover != nil {
		f.dynamic[answers.FeatureHover] = isTrue(c.Hover.DynamicRegistration)
		formats := c.Hover.ContentFormat // the first is preferred
		f.markdown = len(formats) > 0 && formats[0] == protocol.MarkupKindMarkdown
	}
	if c.DocumentHighlight != nil {
		f.dynamic[answers.FeatureDocumentHighlight] = isTrue(c.DocumentHighlight.DynamicRegistration)
	}
	if c.SelectionRange != nil {
		f.dynamic[answers.FeatureSelectionRange] = isTrue(c.SelectionRange.DynamicRegistration)
	}
	if c.FoldingRange != nil {
		f.dynamic[answers.FeatureFoldingRange] = isTrue(c.FoldingRange.DynamicRegistration)
		if limit := c.FoldingRange.RangeLimit; limit != nil {
			f.foldingLimit = int(min(*limit, answers.MaxFoldingRanges))
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }
