package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// maxNesting is how deep the parentheses of a query may be. People write 8.
const maxNesting = 64

// maxSteps is the most steps of a query. The longest of ours, TypeScript's, has 1,000.
const maxSteps = 1 << 14

// Compile compiles the text of a query file. The error tells the line of a mistake.
func Compile(grammar *syntax.Grammar, source string) (*Query, error) {
	c := compiler{scanner: scanner{text: source}, grammar: grammar, query: &Query{}}
	if err := c.compile(); err != nil {
		line := 1 + strings.Count(source[:min(c.mistake(), len(source))], "\n")
		return nil, fmt.Errorf("query: line %d: %w", line, err)
	}
	return c.query, nil
}

// compiler makes steps of a source. The alternatives of a step form a chain, and the steps
// that follow from them are worked out at the end.
type compiler struct {
	scanner
	grammar *syntax.Grammar
	query   *Query
	nesting int
	fault   int // where a mistake is, if not at the scanner's place; 0: there
}

func (c *compiler) mistake() int {
	if c.fault > 0 {
		return c.fault
	}
	return c.at
}

// wrong returns a mistake at a place of the source.
func (c *compiler) wrong(at int, format string, args ...any) error {
	c.fault = at
	return fmt.Errorf(format, args...)
}

// errEnd is returned by element at a bracket that closes what is around it.
var errEnd = errors.New("syntax: a bracket is closed that is not open")

func (c *compiler) compile() error {
	q := c.query
	var starts []start
	for c.skipBlank(); c.more(); c.skipBlank() {
		q.patterns = append(q.patterns, pattern{begins: c.at})
		first := len(q.steps)
		if err := c.element(0, false); err != nil {
			return err
		}
		if len(q.steps) == first {
			return c.wrong(q.patterns[len(q.patterns)-1].begins, "syntax: a pattern without a node")
		}
		q.steps = append(q.steps, step{depth: done, alternative: -1})
		of, ok := c.startsOf(first)
		if !ok {
			return c.wrong(q.patterns[len(q.patterns)-1].begins, "a pattern that may match nothing is not supported")
		}
		starts = append(starts, of...)
	}
	for i := range q.steps {
		c.finish(i)
	}
	for i := range starts {
		starts[i].plain = c.isPlain(&starts[i])
	}
	c.sortStarts(starts)
	return nil
}

// element compiles one node, group, alternation or predicate, with its suffixes.
func (c *compiler) element(depth int, immediate bool) error {
	if c.nesting++; c.nesting > maxNesting {
		return c.wrong(c.at, "the query is nested more than %d deep", maxNesting)
	}
	defer func() { c.nesting-- }()
	if len(c.query.steps) > maxSteps {
		return c.wrong(c.at, "the query has more than %d steps", maxSteps)
	}
	first := len(c.query.steps)
	var err error
	switch b := c.peek(); {
	case b == ')' || b == ']':
		return errEnd
	case b == '[':
		err = c.alternation(depth, immediate)
	case b == '(':
		c.advance()
		switch c.peek() {
		case '(', '"', '[':
			err = c.group(depth, immediate)
		case '#':
			c.at++
			return c.predicate()
		default:
			err = c.node(depth, immediate)
		}
	case b == '"':
		err = c.token(depth, immediate)
	case b == '_' && !c.isField():
		c.advance()
		c.query.steps = append(c.query.steps, step{wildcard: true, depth: depth, immediate: immediate, alternative: -1})
	case isWordStart(b):
		err = c.field(depth, immediate)
	case b == 0:
		return c.wrong(c.at, "syntax: the query ends too early")
	default:
		return c.wrong(c.at, "syntax: %q", string(b))
	}
	if err != nil {
		return err
	}
	c.skipBlank()
	return c.suffixes(first, depth)
}

// alternation compiles "[a b c]": each of a, b and c is an alternative of the one before,
// and jumps behind the last.
func (c *compiler) alternation(depth int, immediate bool) error {
	open := c.at
	c.advance()
	var branches []int
	for c.peek() != ']' {
		first := len(c.query.steps)
		if err := c.element(depth, immediate); err != nil {
			return err
		}
		if len(c.query.steps) == first {
			return c.wrong(open, "syntax: an alternative without a node")
		}
		branches = append(branches, first)
		c.query.steps = append(c.query.steps, step{depth: depth, alternative: -1})
	}
	c.advance()
	if len(branches) == 0 {
		return c.wrong(open, "syntax: no alternatives")
	}
	end := len(c.query.steps) - 1
	c.query.steps = c.query.steps[:end] // the last branch needs no jump
	for i, first := range branches[:len(branches)-1] {
		next := branches[i+1]
		if c.query.steps[first].alternative >= 0 {
			return c.wrong(open, "an alternative that is optional, or has alternatives itself, is not supported")
		}
		c.query.steps[first].alternative = next
		c.query.steps[next-1].alternative = end
		c.query.steps[next-1].deadEnd = true
	}
	return nil
}

// group compiles "(a b c)": siblings.
func (c *compiler) group(depth int, immediate bool) error {
	for {
		if c.peek() == '.' {
			immediate = true
			c.advance()
		}
		if c.peek() == ')' {
			c.advance()
			return nil
		}
		if err := c.element(depth, immediate); err != nil {
			return err
		}
		immediate = false
	}
}

// node compiles "(type child child)", behind its parenthesis.
func (c *compiler) node(depth int, immediate bool) error {
	at := c.at
	name, ok := c.word()
	if !ok {
		return c.wrong(at, "syntax: a node without a type")
	}
	s := step{depth: depth, immediate: immediate, alternative: -1}
	c.skipBlank()
	switch name {
	case "_":
		s.wildcard, s.named = true, true
	case "MISSING":
		s.missing = true
		if err := c.missingOf(&s); err != nil {
			return err
		}
	default:
		var err error
		if s.typ, err = c.typeOf(at, name, true); err != nil {
			return err
		}
	}
	first := len(c.query.steps)
	c.query.steps = append(c.query.steps, s)
	return c.children(first, depth+1)
}

// missingOf compiles what is missing.
func (c *compiler) missingOf(s *step) (err error) {
	at := c.at
	switch c.peek() {
	case ')':
		s.wildcard, s.named = true, true
	case '"':
		var name string
		if name, err = c.quoted(); err == nil {
			s.typ, err = c.typeOf(at, name, false)
		}
	default:
		name, ok := c.word()
		if !ok {
			return c.wrong(at, "syntax: missing what?")
		}
		s.typ, err = c.typeOf(at, name, true)
	}
	c.skipBlank()
	return err
}

func (c *compiler) typeOf(at int, name string, named bool) (syntax.Type, error) {
	symbol, ok := c.grammar.Symbol(name, named)
	switch {
	case !ok:
		return 0, c.wrong(at, "unknown node type %q", name)
	case symbol.Supertype:
		return 0, c.wrong(at, "%s is a supertype, which is not supported: name the types that it stands for", name)
	default:
		return symbol.Type, nil
	}
}

// children compiles what is inside a node, up to its closing parenthesis.
func (c *compiler) children(parent, depth int) error {
	immediate := false
	last := -1 // the step of the last child
	for {
		c.skipBlank()
		switch c.peek() {
		case '!':
			c.advance()
			field, err := c.fieldName()
			if err != nil {
				return err
			}
			p := &c.query.steps[parent]
			p.negated = append(p.negated, field)
			continue
		case '.':
			immediate = true
			c.advance()
		case '/':
			return c.wrong(c.at, "supertypes (a/b) are not supported")
		}
		if c.peek() == ')' {
			c.advance()
			if immediate {
				if last < 0 {
					return c.wrong(c.at-1, "syntax: an anchor beside no node")
				}
				c.eachAlternative(last, func(s *step) { s.last = true })
			}
			return nil
		}
		first := len(c.query.steps)
		if err := c.element(depth, immediate); err != nil {
			return err
		}
		if len(c.query.steps) > first { // else it was a predicate
			last = first
			immediate = false
		}
	}
}

// eachAlternative calls f for a step and for its alternatives that stand further down.
func (c *compiler) eachAlternative(first int, f func(s *step)) {
	for i := first; ; {
		s := &c.query.steps[i]
		f(s)
		if s.alternative <= i || s.alternative >= len(c.query.steps) {
			return
		}
		i = s.alternative
	}
}

// token compiles a token in double quotes.
func (c *compiler) token(depth int, immediate bool) error {
	at := c.at
	name, err := c.quoted()
	if err != nil {
		return err
	}
	typ, err := c.typeOf(at, name, false)
	if err != nil {
		return err
	}
	c.query.steps = append(c.query.steps, step{typ: typ, depth: depth, immediate: immediate, alternative: -1})
	return nil
}

// isField reports whether the word at the scanner is a field's name.
func (c *compiler) isField() bool {
	ahead := c.scanner
	_, ok := ahead.word()
	ahead.skipBlank()
	return ok && ahead.peek() == ':'
}

func (c *compiler) fieldName() (syntax.Field, error) {
	at := c.at
	name, ok := c.word()
	if !ok {
		return 0, c.wrong(at, "syntax: a field without a name")
	}
	field, ok := c.grammar.Field(name)
	if !ok {
		return 0, c.wrong(at, "unknown field %q", name)
	}
	return field, nil
}

// field compiles "name: element".
func (c *compiler) field(depth int, immediate bool) error {
	at := c.at
	if !c.isField() {
		return c.wrong(at, "syntax: a node stands in parentheses")
	}
	field, err := c.fieldName()
	if err != nil {
		return err
	}
	c.skipBlank()
	c.advance()
	first := len(c.query.steps)
	if err := c.element(depth, immediate); err != nil {
		return err
	}
	if len(c.query.steps) == first {
		return c.wrong(at, "syntax: a field without a node")
	}
	c.eachAlternative(first, func(s *step) { s.field = field })
	return nil
}

// suffixes compiles the quantifier and the captures behind an element.
func (c *compiler) suffixes(first, depth int) error {
	quantified := false
	for {
		switch b := c.peek(); b {
		case '?', '*', '+':
			if quantified {
				return c.wrong(c.at, "syntax: two quantifiers")
			}
			quantified = true
			c.advance()
			if len(c.query.steps) == first {
				return c.wrong(c.at, "syntax: a quantifier without a node")
			}
			if b != '?' {
				c.query.steps = append(c.query.steps, step{
					depth: depth, alternative: first, passThrough: true, alternativeNear: true,
				})
			}
			if b != '+' {
				last, end := first, len(c.query.steps)
				for next := c.query.steps[last].alternative; next > last && (next < end-1 || next < end && b == '?'); {
					last, next = next, c.query.steps[next].alternative
				}
				c.query.steps[last].alternative = end
			}
		case '@':
			c.at++
			at := c.at
			name, ok := c.word()
			if !ok {
				return c.wrong(at, "syntax: a capture without a name")
			}
			c.skipBlank()
			if len(c.query.steps) == first {
				return c.wrong(at, "syntax: a capture without a node")
			}
			id := slices.Index(c.query.captures, name)
			if id < 0 {
				id = len(c.query.captures)
				c.query.captures = append(c.query.captures, name)
			}
			c.eachAlternative(first, func(s *step) { s.captures = append(s.captures, uint16(id)) })
		default:
			return nil
		}
	}
}

// predicate compiles "(#name argument ...)", behind its "#".
func (c *compiler) predicate() error {
	at := c.at
	name, ok := c.word()
	if !ok {
		return c.wrong(at, "syntax: a predicate without a name")
	}
	predicate := Predicate{Name: name}
	for {
		c.skipBlank()
		at := c.at
		switch c.peek() {
		case ')':
			c.advance()
			c.skipBlank()
			p := &c.query.patterns[len(c.query.patterns)-1]
			p.predicates = append(p.predicates, predicate)
			return nil
		case '@':
			c.at++
			name, ok := c.word()
			id := slices.Index(c.query.captures, name)
			if !ok || id < 0 {
				return c.wrong(at, "unknown capture in a predicate: @%s", name)
			}
			predicate.Args = append(predicate.Args, Arg{Capture: id})
		case '"':
			text, err := c.quoted()
			if err != nil {
				return err
			}
			predicate.Args = append(predicate.Args, Arg{Capture: -1, Text: text})
		default:
			text, ok := c.word()
			if !ok {
				return c.wrong(at, "syntax: an argument of a predicate is a capture, a text or a word")
			}
			predicate.Args = append(predicate.Args, Arg{Capture: -1, Text: text})
		}
	}
}

// finish works out what follows from all steps together.
func (c *compiler) finish(i int) {
	steps := c.query.steps
	s := &steps[i]
	if s.depth == done || s.deadEnd || s.passThrough {
		return
	}
	s.captured = len(s.captures) > 0
	s.parent = steps[i+1].depth != done && steps[i+1].depth > s.depth
	for j := i + 1; steps[j].depth != done && steps[j].depth > s.depth; j++ {
		s.captured = s.captured || len(steps[j].captures) > 0
	}
	near := s.wildcard && !s.named && steps[i+1].immediate
	for _, next := range c.reach(i+1, near) {
		if next.done = steps[next.step].depth == done; !next.done {
			next.up = s.depth - steps[next.step].depth
		}
		s.next = append(s.next, next)
	}
}

// reach returns a step and those in its place: its alternatives, and where jumps lead to.
func (c *compiler) reach(i int, near bool) []successor {
	var reached []successor
	pending := []successor{{step: i, immediate: near}}
	add := func(s successor) {
		if !slices.Contains(pending, s) {
			pending = append(pending, s)
		}
	}
	for n := 0; n < len(pending); n++ {
		p := pending[n]
		s := &c.query.steps[p.step]
		alternative := successor{step: s.alternative, immediate: p.immediate || s.alternativeNear}
		switch {
		case s.deadEnd:
			add(alternative)
			continue
		case s.passThrough:
			add(successor{step: p.step + 1, immediate: p.immediate})
			add(alternative)
			continue
		case s.alternative >= 0:
			add(alternative)
		}
		reached = append(reached, p)
	}
	return reached
}

// startsOf returns the steps with which the pattern begins whose first step is given. It is
// not ok when the pattern may be at its end at once.
func (c *compiler) startsOf(first int) (starts []start, ok bool) {
	steps := c.query.steps
	family := -1
	for _, r := range c.reach(first, true) {
		s := &steps[r.step]
		if s.depth == done {
			return nil, false
		}
		st := start{step: r.step, pattern: len(c.query.patterns) - 1, family: -1, root: -1}
		// Of a wildcard with children, the first child is sought, and then the node around it.
		if child := &steps[r.step+1]; s.wildcard && s.depth == 0 && s.field == 0 && !s.missing && len(s.negated) == 0 &&
			child.depth == 1 && !child.wildcard && !child.immediate && child.alternative < 0 {
			st.step, st.root = r.step+1, r.step
			s = child
		}
		st.rooted = s.depth == 0
		for j := st.step + 1; j < len(steps) && !steps[j].deadEnd; j++ {
			if steps[j].depth == s.depth {
				st.rooted = false
				break
			}
		}
		if !st.rooted && family < 0 {
			family = c.query.families
			c.query.families++
		}
		starts = append(starts, st)
	}
	for i := range starts {
		starts[i].family = family
	}
	return starts, true
}

// isPlain works out start.plain.
func (c *compiler) isPlain(st *start) bool {
	if st.family >= 0 {
		return false
	}
	for i := st.step; c.query.steps[i].depth != done; {
		s := &c.query.steps[i]
		if len(s.next) != 1 || s.parent && !s.captured {
			return false
		}
		i = s.next[0].step
	}
	return true
}

// sortStarts fills the table of starts by type.
func (c *compiler) sortStarts(starts []start) {
	q := c.query
	q.starts = make([][]start, c.grammar.Types()+1)
	for _, st := range starts {
		s := &q.steps[st.step]
		switch {
		case s.wildcard:
			for i := range q.starts {
				q.starts[i] = append(q.starts[i], st)
			}
		case s.typ == syntax.Error:
			q.starts[len(q.starts)-1] = append(q.starts[len(q.starts)-1], st)
		default:
			q.starts[s.typ] = append(q.starts[s.typ], st)
		}
	}
}
