package symbols

import (
	"regexp"
	"slices"
	"strings"
)

// kindNames are the names of the kinds as a query writes them, "@def.function".
var kindNames = map[string]Kind{
	"file": File, "module": Module, "namespace": Namespace, "package": Package, "class": Class,
	"method": Method, "property": Property, "field": Field, "constructor": Constructor, "enum": Enum,
	"interface": Interface, "function": Function, "variable": Variable, "constant": Constant,
	"string": String, "number": Number, "boolean": Boolean, "array": Array, "object": Object,
	"key": Key, "null": Null, "enumMember": EnumMember, "struct": Struct, "event": Event,
	"operator": Operator, "typeParameter": TypeParameter,
}

var visibilityNames = map[string]Visibility{
	"": Unknown, "public": Public, "protected": Protected, "private": Private,
}

// flagNames are the names of the flags as a query writes them, "@flag.static".
var flagNames = map[string]Flags{
	"static": Static, "exported": Exported, "prototype": Prototype, "macro": Macro, "async": Async,
	"deprecated": Deprecated, "fromMacro": FromMacro, "overload": Overload, "typeOnly": TypeOnly, "recovered": Recovered,
}

// String returns the kind's name in lower camel case, as queries write it.
func (k Kind) String() string {
	for name, kind := range kindNames {
		if kind == k {
			return name
		}
	}
	return "unknown"
}

// ParseKind returns the kind of a name in any case.
func ParseKind(name string) (Kind, bool) {
	for known, kind := range kindNames {
		if strings.EqualFold(known, name) {
			return kind, true
		}
	}
	return 0, false
}

// KindsInUse returns the kinds that summaries of this program have, in LSP's order: those that the languages' queries
// capture, and those that members get by the options.
func KindsInUse() []Kind {
	var kinds []Kind
	add := func(name string) {
		if kind, ok := ParseKind(name); ok && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	capture := regexp.MustCompile(`@def\.([a-zA-Z]+)`)
	for _, lang := range Languages() {
		for _, found := range capture.FindAllStringSubmatch(lang.Query, -1) {
			add(found[1])
		}
		for _, member := range lang.Options.Members {
			add(member)
		}
	}
	slices.Sort(kinds)
	return kinds
}
