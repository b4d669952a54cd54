package main

import (
	"fmt"
	"strings"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// parseKinds returns the set of the kinds of those names. The beginning of a name will do when it is that of one kind
// alone or of several that are all meant: "const" is constant, and "con" constant and constructor.
func parseKinds(names []string) (index.KindSet, error) {
	var set index.KindSet
	for _, name := range names {
		kinds := kindsNamed(name)
		if len(kinds) == 0 {
			text := "--kind: no kind is called " + name
			if like := closest(name, kindNames()); like != "" {
				text += fmt.Sprintf(", did you mean %s?", like)
			}
			return set, fmt.Errorf("%s\n%s", text, wrap("There are "+strings.Join(kindNames(), ", "), helpWidth, ""))
		}
		set.Add(kinds...)
	}
	return set, nil
}

// kindsNamed returns the kinds that a person means by a word: keywords of the languages, or the beginning of a name.
func kindsNamed(name string) []symbols.Kind {
	name = strings.ToLower(name)
	switch name {
	case "fn", "def":
		return []symbols.Kind{symbols.Function, symbols.Method}
	case "type":
		return []symbols.Kind{symbols.Class, symbols.Enum, symbols.Interface, symbols.Struct}
	case "var", "let":
		return []symbols.Kind{symbols.Variable}
	case "":
		return nil
	}
	if kind, ok := symbols.ParseKind(name); ok {
		return []symbols.Kind{kind}
	}
	var kinds []symbols.Kind
	for _, kind := range symbols.KindsInUse() {
		if strings.HasPrefix(strings.ToLower(kind.String()), name) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// kindNames are the names of the kinds that occur, in LSP's order.
func kindNames() []string {
	var names []string
	for _, kind := range symbols.KindsInUse() {
		names = append(names, kind.String())
	}
	return names
}
