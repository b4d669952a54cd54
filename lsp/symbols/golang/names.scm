[(identifier) (package_identifier)] @name
(type_identifier) @type
(label_name) @label
(blank_identifier) @none

(selector_expression field: (field_identifier) @member)
(qualified_type name: (type_identifier) @member)
(method_declaration name: (field_identifier) @member)
(method_elem name: (field_identifier) @member)
(field_declaration name: (field_identifier) @member)
; A key of a literal is a field of a struct, or an expression in a map.
(composite_literal type: [(type_identifier) (qualified_type) (generic_type) (struct_type)]
  body: (literal_value (keyed_element . (literal_element (identifier) @key))))
(literal_element (literal_value (keyed_element . (literal_element (identifier) @key))))
(package_clause (package_identifier) @none)
