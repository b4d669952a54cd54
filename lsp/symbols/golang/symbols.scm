; The outline of Go as gopls draws it: types, functions, methods, constants and
; variables of the file, fields and methods below the struct and interface types
; that stand directly behind their name.

; Nothing inside function bodies is a symbol, nor inside a struct or interface
; that is only a part of a type.
(block) @opaque
(func_literal) @opaque
(type_parameter_list) @opaque
(function_declaration result: [(struct_type) (interface_type)] @opaque)
(method_declaration result: [(struct_type) (interface_type)] @opaque)
(method_elem result: [(struct_type) (interface_type)] @opaque)
(function_type result: [(struct_type) (interface_type)] @opaque)
(parameter_declaration type: [(struct_type) (interface_type)] @opaque)
(variadic_parameter_declaration type: [(struct_type) (interface_type)] @opaque)
(pointer_type [(struct_type) (interface_type)] @opaque)
(slice_type element: [(struct_type) (interface_type)] @opaque)
(array_type element: [(struct_type) (interface_type)] @opaque)
(implicit_length_array_type element: [(struct_type) (interface_type)] @opaque)
(map_type value: [(struct_type) (interface_type)] @opaque)
(map_type key: [(struct_type) (interface_type)] @opaque)
(channel_type value: [(struct_type) (interface_type)] @opaque)
(parenthesized_type [(struct_type) (interface_type)] @opaque)
(type_elem [(struct_type) (interface_type)] @opaque)
(composite_literal type: (struct_type) @opaque)

; gopls leaves out what is declared as "_", though not the fields of that name.
((type_spec name: (type_identifier) @_blank) @opaque (#eq? @_blank "_"))
((type_alias name: (type_identifier) @_blank) @opaque (#eq? @_blank "_"))
((var_spec . name: (identifier) @_blank type: (struct_type) @opaque) (#eq? @_blank "_"))
((var_spec . name: (identifier) @_blank type: (interface_type) @opaque) (#eq? @_blank "_"))

(comment) @comment

(function_declaration
  name: (identifier) @name
  body: (block)? @body
  (#not-eq? @name "_")) @def.function

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @container @receiver
        (generic_type type: (type_identifier) @container) @receiver
        (pointer_type (type_identifier) @container) @receiver
        (pointer_type (generic_type type: (type_identifier) @container)) @receiver
        (_) @receiver
      ]))
  name: (field_identifier) @name
  body: (block)? @body
  (#not-eq? @name "_")
  (#set! label "({receiver}).{name}")) @def.method

; A method whose receiver is still to be written.
(method_declaration
  name: (field_identifier) @name
  body: (block)? @body
  (#not-eq? @name "_")) @def.method

(type_spec
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list) @body)
  (#set! prefix "type ")) @def.struct

(type_spec
  name: (type_identifier) @name
  type: (interface_type "{" @body)
  (#set! prefix "type ")) @def.interface

(type_spec
  name: (type_identifier) @name
  type: (function_type)
  (#set! prefix "type ")) @def.function

(type_spec
  name: (type_identifier) @name
  (#set! prefix "type ")) @def.class

(type_alias
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list) @body)
  (#set! prefix "type ")) @def.struct

(type_alias
  name: (type_identifier) @name
  type: (interface_type "{" @body)
  (#set! prefix "type ")) @def.interface

(type_alias
  name: (type_identifier) @name
  type: (function_type)
  (#set! prefix "type ")) @def.function

(type_alias
  name: (type_identifier) @name
  (#set! prefix "type ")) @def.class

(field_declaration
  . name: (field_identifier) @name
  type: (struct_type (field_declaration_list) @body)) @def.field

(field_declaration
  name: (field_identifier) @name) @def.field

(field_declaration
  !name
  type: [
    (type_identifier) @name
    (qualified_type name: (type_identifier) @name)
    (generic_type type: (type_identifier) @name)
    (generic_type type: (qualified_type name: (type_identifier) @name))
  ]) @def.field

(method_elem
  name: (field_identifier) @name) @def.method

(interface_type
  (type_elem
    .
    [
      (type_identifier) @name
      (qualified_type name: (type_identifier) @name)
      (generic_type type: (type_identifier) @name)
      (generic_type type: (qualified_type name: (type_identifier) @name))
    ]
    .) @def.field)

(interface_type
  (type_elem
    .
    (pointer_type [(type_identifier) @name (qualified_type name: (type_identifier) @name)])
    .) @def.field)

; A union, or a type that is not just a name, is called what it says.
(interface_type
  (type_elem (_) (_)) @name @def.field)

(interface_type
  (type_elem
    .
    [
      (negated_type) (array_type) (slice_type) (map_type)
      (channel_type) (function_type) (struct_type) (interface_type)
      (parenthesized_type)
    ]
    .) @name @def.field)

; Only the first name of a constant has the field.
(const_spec
  (identifier) @name
  (#not-eq? @name "_")
  (#set! prefix "const ")) @def.constant

; Only the first of several names looks at what follows: with each of them waiting
; for it, a list of a thousand names would take minutes.
(var_spec
  . name: (identifier) @name
  type: (struct_type (field_declaration_list) @body)
  (#not-eq? @name "_")
  (#set! prefix "var ")) @def.variable

(var_spec
  . name: (identifier) @name
  value: (expression_list . (composite_literal body: (literal_value) @body))
  (#not-eq? @name "_")
  (#set! prefix "var ")) @def.variable

(var_spec
  . name: (identifier) @name
  value: (expression_list . (func_literal body: (block) @body))
  (#not-eq? @name "_")
  (#set! prefix "var ")) @def.variable

(var_spec
  name: (identifier) @name
  (#not-eq? @name "_")
  (#set! prefix "var ")) @def.variable
