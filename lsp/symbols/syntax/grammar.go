package syntax

import "fmt"

// Type is the kind of a node, as a grammar numbers it. Types of one grammar are not those
// of another.
type Type uint16

// Error is the type, in every grammar, of text that the parser could make nothing of.
const Error Type = 1<<16 - 1

// Field is what a node is to its parent, as a grammar numbers it. 0 is none.
type Field uint8

// Symbol is what a grammar says of one of its types.
type Symbol struct {
	Name string
	// Named is set for constructs. A token is named by its text, and is not.
	Named bool
	// Visible types are those of nodes. A supertype stands for others in rules.
	Visible, Supertype bool
	// Type is that of the nodes: several symbols may be one to everybody but the parser.
	Type Type
}

// Grammar is the names of a grammar. It is immutable.
type Grammar struct {
	symbols []Symbol
	fields  []string
	types   map[typeName]int // places in symbols
	byName  map[string]Field
}

type typeName struct {
	name  string
	named bool
}

// NewGrammar returns the grammar with some symbols, by the parser's number, and some fields,
// of which the first is none. It is an error if there are more fields than a Field can tell
// apart.
func NewGrammar(symbols []Symbol, fields []string) (*Grammar, error) {
	if len(fields) > 1<<8 {
		return nil, fmt.Errorf("the grammar has %d fields, of which 255 can be told apart", len(fields)-1)
	}
	g := &Grammar{
		symbols: symbols, fields: fields,
		types:  make(map[typeName]int, len(symbols)),
		byName: make(map[string]Field, len(fields)),
	}
	for i, s := range symbols {
		if !s.Visible && !s.Supertype {
			continue
		}
		name := typeName{s.Name, s.Named}
		if _, known := g.types[name]; !known {
			g.types[name] = i
		}
	}
	for i := 1; i < len(fields); i++ {
		g.byName[fields[i]] = Field(i)
	}
	return g, nil
}

// Symbol returns what the grammar says of the type with a name; of a token the name is its
// text, and named is false. It is not ok when there is none.
func (g *Grammar) Symbol(name string, named bool) (symbol Symbol, ok bool) {
	if named && name == "ERROR" {
		return Symbol{Name: name, Named: true, Visible: true, Type: Error}, true
	}
	i, ok := g.types[typeName{name, named}]
	if !ok {
		return Symbol{}, false
	}
	return g.symbols[i], true
}

// Types returns how many types there are at most, not counting Error: all are smaller.
func (g *Grammar) Types() int { return len(g.symbols) }

// TypeName returns the name of a type; of a token that is its text.
func (g *Grammar) TypeName(t Type) string {
	switch {
	case t == Error:
		return "ERROR"
	case int(t) < len(g.symbols):
		return g.symbols[t].Name
	default:
		return ""
	}
}

// Field returns the field with a name. It is not ok when there is none.
func (g *Grammar) Field(name string) (field Field, ok bool) {
	field, ok = g.byName[name]
	return field, ok
}

// FieldName returns the name of a field, "" for none.
func (g *Grammar) FieldName(f Field) string {
	if int(f) < len(g.fields) {
		return g.fields[f]
	}
	return ""
}
