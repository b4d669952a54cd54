package lsp

import (
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// SymbolCapabilities say how a client wants symbols to be described in one kind of answer.
type SymbolCapabilities struct {
	kinds []protocol.SymbolKind // nil: those of the first version of LSP
	tags  bool
}

func symbolCapabilitiesOf(kinds *protocol.ClientSymbolKindOptions, tags protocol.ClientSymbolTagOptions) SymbolCapabilities {
	c := SymbolCapabilities{tags: slices.Contains(tags.ValueSet, protocol.SymbolTagDeprecated)}
	if kinds != nil {
		c.kinds = kinds.ValueSet
	}
	return c
}

// AllSymbolCapabilities are those of readers that know everything that LSP does.
func AllSymbolCapabilities() SymbolCapabilities {
	c := SymbolCapabilities{tags: true}
	for k := symbols.File; k <= symbols.TypeParameter; k++ {
		c.kinds = append(c.kinds, protocol.SymbolKind(k))
	}
	return c
}

// kind returns a kind that the client knows.
func (c SymbolCapabilities) kind(k symbols.Kind) protocol.SymbolKind {
	if c.kinds != nil && slices.Contains(c.kinds, protocol.SymbolKind(k)) || c.kinds == nil && k <= symbols.Array {
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

// kindSet returns the kinds that a client knows as one of these.
func (c SymbolCapabilities) kindSet(known ...protocol.SymbolKind) (set index.KindSet) {
	for k := symbols.File; k <= symbols.TypeParameter; k++ {
		if slices.Contains(known, c.kind(k)) {
			set.Add(k)
		}
	}
	return set
}

// deprecated describes a deprecated symbol: with a tag, or as LSP did before.
func (c SymbolCapabilities) deprecated(flags symbols.Flags) (tags []protocol.SymbolTag, deprecated *bool) {
	switch {
	case flags&symbols.Deprecated == 0:
		return nil, nil
	case c.tags:
		return []protocol.SymbolTag{protocol.SymbolTagDeprecated}, nil
	}
	return nil, new(true)
}
