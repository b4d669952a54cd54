package symbols

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/lexer"
	"github.com/symcache/symcache/lsp/symbols/query"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// role is what a capture's name means to the outline.
type role uint8

const (
	roleNone        role = iota // "@_x": only for predicates
	roleDef                     // "@def.KIND": the declaration, its range
	roleName                    // "@name", "@declarator": its identifier
	roleAs                      // "@as.KIND": what it is instead of what @def says
	roleBody                    // "@body": the signature ends where this starts
	roleSignature               // "@signature": the signature is in here, if not in the declaration
	roleOpaque                  // "@opaque": nothing inside is a symbol
	roleTransparent             // "@transparent": not opaque, whatever other patterns say
	roleReceiver                // "@receiver": {receiver} in a label, the container if there is no other
	roleContainer               // "@container": what it belongs to, where nesting does not tell
	roleFlag                    // "@flag.static"
	roleVisibility              // "@visibility.public"
	roleComment                 // "@comment"
)

// captureRole is a capture's name, understood.
type captureRole struct {
	role       role
	kind       Kind
	flags      Flags
	visibility Visibility
}

// pattern is what is known of one pattern besides its nodes.
type pattern struct {
	conditions []condition
	name       string // #set! name: for a symbol that has no identifier
	label      string // #set! label: a format with {name} and {receiver}
	prefix     string // #set! prefix: in front of the signature
	outer      bool   // #set! level outer: a member that is declared inside a function
	leaf       bool   // #set! level leaf: encloses nothing, even if its range does
	merge      mergeRule
}

// mergeRule tells which of several symbols with one name and parent is shown, in
// languages where a name that is bound again is still one name (#set! merge).
type mergeRule uint8

const (
	mergeNever mergeRule = iota
	mergeFirst           // "first": the first one, unless there is one with "last"
	mergeLast            // "last": the last one
)

// condition is a predicate that a match must fulfil. A capture that the match
// does not have fulfils it, as in other users of queries.
type condition struct {
	capture int
	negated bool
	other   int // another capture with the same text, or -1
	texts   []string
	match   *regexp.Regexp
}

// outliner is a language made ready: its query, compiled, and its options. It is
// immutable.
type outliner struct {
	grammar    *treesitter.Grammar
	query      *query.Query
	roles      []captureRole // by capture
	patterns   []pattern
	visibility []visibilityRule
	fallback   Visibility
	deprecated *regexp.Regexp // nil: no mark
	lexer      *lexer.Table
	skeleton   *skeletonRules // nil: the whole text is parsed
	members    map[Kind]Kind  // what a kind becomes directly inside a class
	macros     *macroRules    // nil: macros are left to the grammar
	gaps       *gapRules      // nil: the grammar knows the whole language
	types      *typeRules     // nil: the grammar knows its types
	keywords   map[string]bool
	exempt     map[Kind]bool // the kinds that may be named by a keyword
	merges     bool          // some pattern has a merge rule
	nested     bool          // the query is for what is inside of opaque nodes, see language.Language.Nested
	options    language.Options
	source     string    // of the query
	dialect    *outliner // nil: there is none
	marks      []string  // of the dialect

	declarator      int          // the capture that stands for an inner node, or -1
	declaratorField syntax.Field // along which that is found, 0 if the grammar has none
}

type visibilityRule struct {
	match      *regexp.Regexp
	visibility Visibility
}

// newOutliner compiles the query and the options of lang. Whatever it does not
// understand is an error.
func newOutliner(lang *language.Language) (*outliner, error) {
	table := lexer.NewTable(lang.Lexis)
	o := &outliner{options: lang.Options, source: lang.Query, lexer: table, skeleton: newSkeletonRules(lang, table), gaps: newGapRules(lang, table)}
	o.types = newTypeRules(lang.Options.Types, table)
	var known bool
	if o.fallback, known = visibilityNames[lang.Options.DefaultVisibility]; !known {
		return nil, fmt.Errorf("options: unknown visibility %q", lang.Options.DefaultVisibility)
	}
	for _, rule := range lang.Options.Visibility {
		match, err := regexp.Compile(rule.Match)
		if err != nil {
			return nil, fmt.Errorf("options: visibility: %w", err)
		}
		visibility, known := visibilityNames[rule.Visibility]
		if !known {
			return nil, fmt.Errorf("options: unknown visibility %q", rule.Visibility)
		}
		o.visibility = append(o.visibility, visibilityRule{match, visibility})
	}
	for kind, becomes := range lang.Options.Members {
		from, to := kindNames[kind], kindNames[becomes]
		if from == 0 || to == 0 {
			return nil, fmt.Errorf("options: members: unknown kind in %q: %q", kind, becomes)
		}
		if o.members == nil {
			o.members = make(map[Kind]Kind)
		}
		o.members[from] = to
	}
	o.keywords = make(map[string]bool, len(lang.Options.Keywords))
	for _, word := range lang.Options.Keywords {
		o.keywords[word] = true
	}
	o.exempt = make(map[Kind]bool, len(lang.Options.KeywordMembers))
	for _, name := range lang.Options.KeywordMembers {
		kind, known := kindNames[name]
		if !known {
			return nil, fmt.Errorf("options: keyword members: unknown kind %q", name)
		}
		o.exempt[kind] = true
	}
	var err error
	if o.macros, err = newMacroRules(lang.Options.Macros, table); err != nil {
		return nil, fmt.Errorf("options: macros: %w", err)
	}
	if lang.Options.Deprecated != "" {
		if o.deprecated, err = regexp.Compile(lang.Options.Deprecated); err != nil {
			return nil, fmt.Errorf("options: deprecated: %w", err)
		}
	}
	if o.grammar, err = treesitter.NewGrammar(lang.Grammar()); err != nil {
		return nil, err
	}
	if o.query, err = query.Compile(o.grammar.Names(), lang.Query); err != nil {
		return nil, err
	}
	o.declarator = slices.Index(o.query.CaptureNames(), declaratorCapture)
	o.declaratorField, _ = o.grammar.Names().Field("declarator")
	for _, name := range o.query.CaptureNames() {
		r, err := parseCapture(name)
		if err != nil {
			return nil, err
		}
		o.roles = append(o.roles, r)
	}
	for i := range o.query.Patterns() {
		var p pattern
		for _, predicate := range o.query.Predicates(i) {
			if err := p.add(predicate); err != nil {
				return nil, fmt.Errorf("query: pattern %d: #%s: %w", i, predicate.Name, err)
			}
		}
		o.patterns = append(o.patterns, p)
		o.merges = o.merges || p.merge != mergeNever
	}
	if d := lang.Dialect; d != nil {
		o.marks = d.Marks
		if o.dialect, err = newOutliner(inDialect(lang)); err != nil {
			return nil, fmt.Errorf("dialect: %w", err)
		}
	}
	return o, nil
}

// inDialect returns a language that is written as its dialect is.
func inDialect(lang *language.Language) *language.Language {
	d, other := lang.Dialect, *lang
	other.Query, other.Nested, other.Options, other.Dialect = d.Query, d.Nested, d.Options, nil
	other.Grammar, other.GrammarModule = d.Grammar, d.GrammarModule
	return &other
}

func parseCapture(name string) (captureRole, error) {
	switch name {
	case "name", declaratorCapture:
		return captureRole{role: roleName}, nil
	case "body":
		return captureRole{role: roleBody}, nil
	case "signature":
		return captureRole{role: roleSignature}, nil
	case "opaque":
		return captureRole{role: roleOpaque}, nil
	case "transparent":
		return captureRole{role: roleTransparent}, nil
	case "receiver":
		return captureRole{role: roleReceiver}, nil
	case "container":
		return captureRole{role: roleContainer}, nil
	case "comment":
		return captureRole{role: roleComment}, nil
	}
	if strings.HasPrefix(name, "_") {
		return captureRole{role: roleNone}, nil
	}
	family, member, _ := strings.Cut(name, ".")
	switch family {
	case "def":
		if kind, known := kindNames[member]; known {
			return captureRole{role: roleDef, kind: kind}, nil
		}
	case "as":
		if kind, known := kindNames[member]; known {
			return captureRole{role: roleAs, kind: kind}, nil
		}
	case "flag":
		if flags, known := flagNames[member]; known {
			return captureRole{role: roleFlag, flags: flags}, nil
		}
	case "visibility":
		if visibility, known := visibilityNames[member]; known && visibility != Unknown {
			return captureRole{role: roleVisibility, visibility: visibility}, nil
		}
	}
	return captureRole{}, fmt.Errorf("query: unknown capture @%s", name)
}

// add understands one predicate or directive.
func (p *pattern) add(predicate query.Predicate) error {
	args := predicate.Args
	if predicate.Name == "set!" {
		if len(args) != 2 || args[0].Capture >= 0 || args[1].Capture >= 0 {
			return fmt.Errorf("wants a property and a text")
		}
		return p.set(args[0].Text, args[1].Text)
	}
	if len(args) < 2 || args[0].Capture < 0 {
		return fmt.Errorf("wants a capture and what to compare it with")
	}
	c := condition{capture: args[0].Capture, other: -1, negated: strings.HasPrefix(predicate.Name, "not-")}
	for _, arg := range args[1:] {
		c.texts = append(c.texts, arg.Text)
	}
	switch predicate.Name {
	case "eq?", "not-eq?":
		if len(args) != 2 {
			return fmt.Errorf("wants two arguments")
		}
		c.other = args[1].Capture
	case "match?", "not-match?":
		if len(args) != 2 || args[1].Capture >= 0 {
			return fmt.Errorf("wants a capture and a regular expression")
		}
		var err error
		if c.match, err = regexp.Compile(args[1].Text); err != nil {
			return err
		}
	case "any-of?", "not-any-of?":
		if slices.ContainsFunc(args[1:], func(a query.Arg) bool { return a.Capture >= 0 }) {
			return fmt.Errorf("wants a capture and texts")
		}
	default:
		return fmt.Errorf("unknown predicate")
	}
	p.conditions = append(p.conditions, c)
	return nil
}

// set understands one property.
func (p *pattern) set(property, value string) error {
	switch property {
	case "name":
		p.name = value
	case "label":
		p.label = value
	case "prefix":
		p.prefix = value
	case "level":
		switch value {
		case "outer":
			p.outer = true
		case "leaf":
			p.leaf = true
		default:
			return fmt.Errorf("unknown level %q", value)
		}
	case "merge":
		switch value {
		case "first":
			p.merge = mergeFirst
		case "last":
			p.merge = mergeLast
		default:
			return fmt.Errorf("unknown merge rule %q", value)
		}
	default:
		return fmt.Errorf("unknown property %q", property)
	}
	return nil
}

// accepts tells whether a match fulfils all conditions of its pattern.
func (p *pattern) accepts(text []byte, match []capture) bool {
	for i := range p.conditions {
		c := &p.conditions[i]
		for _, at := range match {
			if int(at.Capture) == c.capture && c.holds(text, at, match) == c.negated {
				return false
			}
		}
	}
	return true
}

func (c *condition) holds(text []byte, at capture, match []capture) bool {
	got := text[at.Start:at.End]
	switch {
	case c.match != nil:
		return c.match.Match(got)
	case c.other >= 0:
		i := slices.IndexFunc(match, func(m capture) bool { return int(m.Capture) == c.other })
		return i < 0 || bytes.Equal(got, text[match[i].Start:match[i].End])
	default:
		return slices.ContainsFunc(c.texts, func(want string) bool { return want == string(got) })
	}
}
