package answers

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// The features: answers that can be switched off, and given to another server, by language.
const (
	FeatureDocumentSymbol    = "documentSymbol"
	FeatureWorkspaceSymbol   = "workspaceSymbol"
	FeatureDefinition        = "definition"
	FeatureDeclaration       = "declaration"
	FeatureHover             = "hover"
	FeatureDocumentHighlight = "documentHighlight"
	FeatureFoldingRange      = "foldingRange"
	FeatureSelectionRange    = "selectionRange"
)

// Features returns all features, in a fixed order.
func Features() []string {
	return []string{
		FeatureDocumentSymbol, FeatureWorkspaceSymbol, FeatureDefinition, FeatureDeclaration, FeatureHover,
		FeatureDocumentHighlight, FeatureFoldingRange, FeatureSelectionRange,
	}
}

// Languages returns the IDs of all languages, in a fixed order.
func Languages() (ids []string) {
	for _, lang := range symbols.Languages() {
		ids = append(ids, lang.ID)
	}
	return ids
}

// MaxLimit bounds the workspace symbols in an answer: some 2 MB.
const MaxLimit = 10_000

// Settings are how a client wants to be answered. They are never changed, but replaced.
type Settings struct {
	// Limit is the largest number of workspace symbols in an answer, at most MaxLimit.
	// 0: index.DefaultLimit.
	Limit int
	// OutlineNested has what is declared inside of functions shown in the outlines of open
	// documents.
	OutlineNested bool
	// OutlineMacros: outlines have the macros that a document defines.
	OutlineMacros bool
	// Features and Languages have false for those that are switched off.
	Features, Languages map[string]bool
}

// bounded returns the settings with a limit that holds.
func (s Settings) bounded() Settings {
	if s.Limit <= 0 {
		s.Limit = index.DefaultLimit
	}
	s.Limit = min(s.Limit, MaxLimit)
	return s
}

// serves reports whether a feature is switched on for a language; the empty language stands
// for documents of none.
func (s Settings) serves(feature, lang string) bool {
	return !isOff(s.Features, feature) && !isOff(s.Languages, lang)
}

func isOff(switches map[string]bool, name string) bool {
	on, said := switches[name]
	return said && !on
}

// service is a feature for a language.
type service struct{ feature, lang string }

// services are what the settings leave on and no other server does.
type services struct {
	mu       sync.Mutex
	settings Settings
	yielded  map[service]bool // never changed, but replaced

	changed chan struct{} // has a token when they may have changed
}

func newServices(settings Settings) services {
	return services{settings: settings.bounded(), changed: make(chan struct{}, 1)}
}

func (s *services) now() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

func (s *services) configure(settings Settings) {
	s.mu.Lock()
	s.settings = settings.bounded()
	s.mu.Unlock()
	s.notify()
}

// yield gives services away, or takes them back.
func (s *services) yield(list []service, away bool) {
	s.mu.Lock()
	next := maps.Clone(s.yielded)
	if next == nil {
		next = make(map[service]bool)
	}
	for _, each := range list {
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

func (s *services) notify() {
	select {
	case s.changed <- struct{}{}:
	default: // somebody is about to look
	}
}

// serves reports whether a language has a feature.
func (s *services) serves(feature, lang string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.serves(feature, lang) && !s.yielded[service{feature, lang}]
}

// given returns what was yielded: features by language, sorted.
func (s *services) given() map[string][]string {
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

// Configure changes the settings.
func (s *Session) Configure(settings Settings) { s.services.configure(settings) }

// ServicesChanged has a token when services or folders may have changed, for front ends that
// tell their client what is served and what is to be watched. One goroutine takes them.
func (s *Session) ServicesChanged() <-chan struct{} { return s.services.changed }

// Served returns the languages that have a feature, nil where there is none.
func (s *Session) Served(feature string) (langs []string) {
	for _, lang := range Languages() {
		if s.services.serves(feature, lang) {
			langs = append(langs, lang)
		}
	}
	return langs
}

// Serves reports whether a question about a document is answered. With an empty URI it
// reports whether any language has the feature.
func (s *Session) Serves(feature string, docs Snapshot, uri string) bool {
	return len(s.Served(feature)) > 0 && (uri == "" || s.services.serves(feature, docs.languageOf(uri)))
}

// Yield gives services to another server: they are not served any more. Empty lists mean
// all. Languages are our IDs or those of LSP; unknown ones are passed over. An unknown
// feature is an InvalidError.
func (s *Session) Yield(features, languages []string) error {
	return s.yield(features, languages, true)
}

// Resume takes services back.
func (s *Session) Resume(features, languages []string) error {
	return s.yield(features, languages, false)
}

func (s *Session) yield(features, languages []string, away bool) error {
	if len(languages) == 0 {
		languages = Languages()
	}
	if len(features) == 0 {
		features = Features()
	}
	var list []service
	for _, name := range languages {
		lang := name
		if l := symbols.ByID(name); l != nil {
			lang = l.ID
		}
		if !slices.Contains(Languages(), lang) {
			continue
		}
		for _, feature := range features {
			if !slices.Contains(Features(), feature) {
				return InvalidError(fmt.Sprintf("no feature %q", feature))
			}
			list = append(list, service{feature, lang})
		}
	}
	s.services.yield(list, away)
	return nil
}
