package lsp

import (
	"maps"
	"slices"
	"sync"

	"go.lsp.dev/protocol"
)

// feature is an answer that can be switched off, registered and yielded.
type feature struct {
	name    string // also that of the client's capability
	method  string
	provide func(*protocol.ServerCapabilities)
}

// The features that differ from others in some way.
const (
	featureDocumentSymbol  = "documentSymbol"
	featureWorkspaceSymbol = "workspaceSymbol"
)

// featureList returns all features, in a fixed order.
func featureList() []feature {
	on := protocol.Boolean(true)
	return []feature{
		{featureDocumentSymbol, protocol.MethodTextDocumentDocumentSymbol, func(c *protocol.ServerCapabilities) {
			c.DocumentSymbolProvider = &protocol.DocumentSymbolOptions{Label: ptr("symcache")}
		}},
		{featureWorkspaceSymbol, protocol.MethodWorkspaceSymbol, func(c *protocol.ServerCapabilities) {
			c.WorkspaceSymbolProvider = on
		}},
		{"definition", protocol.MethodTextDocumentDefinition, func(c *protocol.ServerCapabilities) { c.DefinitionProvider = on }},
		{"declaration", protocol.MethodTextDocumentDeclaration, func(c *protocol.ServerCapabilities) { c.DeclarationProvider = on }},
		{"hover", protocol.MethodTextDocumentHover, func(c *protocol.ServerCapabilities) { c.HoverProvider = on }},
		{"documentHighlight", protocol.MethodTextDocumentDocumentHighlight, func(c *protocol.ServerCapabilities) {
			c.DocumentHighlightProvider = on
		}},
		{"foldingRange", protocol.MethodTextDocumentFoldingRange, func(c *protocol.ServerCapabilities) { c.FoldingRangeProvider = on }},
		{"selectionRange", protocol.MethodTextDocumentSelectionRange, func(c *protocol.ServerCapabilities) {
			c.SelectionRangeProvider = on
		}},
	}
}

func featureNames() (names []string) {
	for _, f := range featureList() {
		names = append(names, f.name)
	}
	return names
}

// service is a feature for a language.
type service struct{ feature, lang string }

// switches say which services there are: those that the settings leave on and that
// were not yielded to another server.
type switches struct {
	mu       sync.Mutex
	settings Settings
	yielded  map[service]bool // never changed, but replaced

	changed chan struct{} // has a token when registrations may have to follow
}

func newSwitches() switches { return switches{changed: make(chan struct{}, 1)} }

// now returns the settings as they hold.
func (s *switches) now() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// set changes the settings.
func (s *switches) set(settings Settings) {
	s.mu.Lock()
	s.settings = settings
	s.mu.Unlock()
	s.notify()
}

// yield gives services away, or takes them back.
func (s *switches) yield(services []service, away bool) {
	s.mu.Lock()
	next := maps.Clone(s.yielded)
	if next == nil {
		next = make(map[service]bool)
	}
	for _, each := range services {
		if away {
			next[each] = true
		} else {
			delete(next, each)
		}
	}
	s.yielded = next
	s.mu.Unlock()
	s.notify()
}

func (s *switches) notify() {
	select {
	case s.changed <- struct{}{}:
	default: // somebody is about to look
	}
}

// serves tells whether a language has a feature.
func (s *switches) serves(feature, lang string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.serves(feature, lang) && !s.yielded[service{feature, lang}]
}

// served returns the languages that have a feature, nil where there is none.
func (s *switches) served(feature string) (langs []string) {
	for _, lang := range languageNames() {
		if s.serves(feature, lang) {
			langs = append(langs, lang)
		}
	}
	return langs
}

// given returns what was yielded: features by language, sorted.
func (s *switches) given() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	given := make(map[string][]string)
	for each := range s.yielded {
		given[each.lang] = append(given[each.lang], each.feature)
	}
	for _, features := range given {
		slices.Sort(features)
	}
	return given
}
