package resolve

import (
	"fmt"
	"strings"
	"sync"

	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/query"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Engine makes the queries of languages ready, each once. It is safe for concurrent use.
type Engine struct {
	mu    sync.Mutex
	ready map[*syntax.Grammar]func() (*rules, error)
}

// NewEngine returns an Engine with no language ready.
func NewEngine() *Engine { return &Engine{ready: make(map[*syntax.Grammar]func() (*rules, error))} }

// rules are a language's queries, compiled.
type rules struct {
	query   *query.Query
	roles   []role // by capture
	prelude map[string]bool
}

func (e *Engine) rules(names *language.Names, grammar *syntax.Grammar) (*rules, error) {
	e.mu.Lock()
	ready, ok := e.ready[grammar]
	if !ok {
		ready = sync.OnceValues(func() (*rules, error) { return newRules(names, grammar) })
		e.ready[grammar] = ready
	}
	e.mu.Unlock()
	return ready()
}

func newRules(names *language.Names, grammar *syntax.Grammar) (*rules, error) {
	compiled, err := query.Compile(grammar, names.Locals+"\n"+names.Names)
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	r := &rules{query: compiled, prelude: make(map[string]bool, len(names.Prelude))}
	for _, word := range names.Prelude {
		r.prelude[word] = true
	}
	for _, name := range compiled.CaptureNames() {
		role, err := parseRole(name)
		if err != nil {
			return nil, fmt.Errorf("names: %w", err)
		}
		r.roles = append(r.roles, role)
	}
	for i := range compiled.Patterns() {
		if len(compiled.Predicates(i)) > 0 {
			return nil, fmt.Errorf("names: pattern %d: predicates have no meaning here", i)
		}
	}
	return r, nil
}

// role is what a capture's name means.
type role struct {
	what  what
	kind  scopeKind // of scopes
	bind  binds     // of definitions
	space Space     // of definitions: where they are bound; of uses: where they are sought
}

// what a capture marks. Of uses, the greatest counts.
type what uint8

const (
	whatNothing what = iota // "@_x"
	whatScope
	whatShared
	whatOuter
	whatDef
	whatExtent
	whatFrom
	whatDeclaration
	whatWildcard
	whatGlobal
	whatNonlocal
	whatWords
	whatName
	whatBound
	whatImported
	whatMember
	whatKey
	whatNone
)

// binds are the ways in which a name is bound.
type binds uint8

const (
	bindOuter binds = 1 << iota
	bindFunction
	bindLast
	bindImport
	bindItself
	bindPackage
	bindPath
)

// Space is a set of the kinds of names that do not hide each other.
type Space uint8

// The spaces.
const (
	SpaceValue Space = 1 << iota
	SpaceType
	SpaceTag   // of C: "struct s" is no "s"
	SpaceLabel // of a goto
)

type scopeKind uint8

const (
	scopeBlock scopeKind = iota
	scopeFunction
	scopeClass
)

func parseRole(name string) (role, error) {
	head, rest, _ := strings.Cut(name, ".")
	var words []string
	if rest != "" {
		words = strings.Split(rest, ".")
	}
	r, known := map[string]role{
		"scope": {what: whatScope}, "shared": {what: whatShared}, "outer": {what: whatOuter},
		"def": {what: whatDef}, "extent": {what: whatExtent}, "from": {what: whatFrom}, "declaration": {what: whatDeclaration},
		"wildcard": {what: whatWildcard},
		"global":   {what: whatGlobal}, "nonlocal": {what: whatNonlocal},
		"words": {what: whatWords, space: SpaceValue | SpaceType},
		"name":  {what: whatName, space: SpaceValue}, "type": {what: whatName, space: SpaceType},
		"tag": {what: whatName, space: SpaceTag}, "label": {what: whatName, space: SpaceLabel},
		"bound": {what: whatBound, space: SpaceValue}, "imported": {what: whatImported},
		"member": {what: whatMember}, "key": {what: whatKey}, "none": {what: whatNone},
	}[head]
	if strings.HasPrefix(name, "_") {
		return role{}, nil
	}
	if !known {
		return role{}, fmt.Errorf("unknown capture @%s", name)
	}
	for _, word := range words {
		if !r.add(word) {
			return role{}, fmt.Errorf("unknown capture @%s: %q", name, word)
		}
	}
	if r.what == whatDef && r.space == 0 {
		r.space = SpaceValue | SpaceType
	}
	return r, nil
}

// add understands one word behind a capture's name.
func (r *role) add(word string) (known bool) {
	switch r.what {
	case whatScope:
		r.kind, known = map[string]scopeKind{"function": scopeFunction, "class": scopeClass}[word]
		return known
	case whatDef:
		bind := map[string]binds{
			"outer": bindOuter, "function": bindFunction, "last": bindLast, "import": bindImport, "itself": bindItself,
			"package": bindPackage, "path": bindPath,
		}[word]
		space := map[string]Space{"value": SpaceValue, "type": SpaceType, "tag": SpaceTag, "label": SpaceLabel}[word]
		r.bind |= bind
		r.space |= space
		return bind != 0 || space != 0
	default:
		return false
	}
}
