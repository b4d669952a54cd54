package symbols

import "strings"

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

var flagNames = map[string]Flags{"deprecated": Deprecated, "static": Static, "async": Async}

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
