package lsp

import (
	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/answers"
)

// feature is a feature of answers in the protocol.
type feature struct {
	name    string // also that of the client's capability
	method  string
	provide func(*protocol.ServerCapabilities)
}

// features returns all features, in the order of answers.Features.
func features() []feature {
	on := protocol.Boolean(true)
	return []feature{
		{answers.FeatureDocumentSymbol, protocol.MethodTextDocumentDocumentSymbol, func(c *protocol.ServerCapabilities) {
			c.DocumentSymbolProvider = &protocol.DocumentSymbolOptions{Label: new("symcache")}
		}},
		{answers.FeatureWorkspaceSymbol, protocol.MethodWorkspaceSymbol, func(c *protocol.ServerCapabilities) {
			c.WorkspaceSymbolProvider = on
		}},
		{answers.FeatureDefinition, protocol.MethodTextDocumentDefinition, func(c *protocol.ServerCapabilities) {
			c.DefinitionProvider = on
		}},
		{answers.FeatureDeclaration, protocol.MethodTextDocumentDeclaration, func(c *protocol.ServerCapabilities) {
			c.DeclarationProvider = on
		}},
		{answers.FeatureHover, protocol.MethodTextDocumentHover, func(c *protocol.ServerCapabilities) {
			c.HoverProvider = on
		}},
		{answers.FeatureDocumentHighlight, protocol.MethodTextDocumentDocumentHighlight, func(c *protocol.ServerCapabilities) {
			c.DocumentHighlightProvider = on
		}},
		{answers.FeatureFoldingRange, protocol.MethodTextDocumentFoldingRange, func(c *protocol.ServerCapabilities) {
			c.FoldingRangeProvider = on
		}},
		{answers.FeatureSelectionRange, protocol.MethodTextDocumentSelectionRange, func(c *protocol.ServerCapabilities) {
			c.SelectionRangeProvider = on
		}},
	}
}
