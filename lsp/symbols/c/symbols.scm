; The outline of C as clangd draws it: functions and their prototypes, variables,
; typedefs, and structs, unions and enums with their members. Both sides of a
; preprocessor conditional are shown, macros are not.

; Nothing inside function bodies, parameters and casts is a symbol.
(compound_statement) @opaque
(function_definition (declaration) @opaque)
(parameter_declaration
  type: [(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))] @opaque)
(type_descriptor
  type: [(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))] @opaque)

(comment) @comment

; Types with a body, wherever they stand, and types that are announced.
(struct_specifier
  name: (type_identifier) @name
  body: (_) @body) @def.struct

(struct_specifier
  "struct" @name
  !name
  body: (_) @body
  (#set! name "(anonymous struct)")) @def.struct

(union_specifier
  name: (type_identifier) @name
  body: (_) @body) @def.class

(union_specifier
  "union" @name
  !name
  body: (_) @body
  (#set! name "(anonymous union)")) @def.class

(enum_specifier
  name: (type_identifier) @name
  body: (_) @body) @def.enum

(enum_specifier
  "enum" @name
  !name
  body: (_) @body
  (#set! name "(anonymous enum)")) @def.enum

(translation_unit (struct_specifier name: (type_identifier) @name !body) @def.struct)
(translation_unit (union_specifier name: (type_identifier) @name !body) @def.class)
(translation_unit (enum_specifier name: (type_identifier) @name !body) @def.enum)
(declaration_list (struct_specifier name: (type_identifier) @name !body) @def.struct)
(declaration_list (union_specifier name: (type_identifier) @name !body) @def.class)
(preproc_ifdef (struct_specifier name: (type_identifier) @name !body) @def.struct)
(preproc_ifdef (union_specifier name: (type_identifier) @name !body) @def.class)
(preproc_if (struct_specifier name: (type_identifier) @name !body) @def.struct)
(preproc_if (union_specifier name: (type_identifier) @name !body) @def.class)
(preproc_else (struct_specifier name: (type_identifier) @name !body) @def.struct)
(preproc_else (union_specifier name: (type_identifier) @name !body) @def.class)

(enumerator
  name: (identifier) @name) @def.enumMember

; One declaration may have several declarators. Its range is the declaration, so
; it must not enclose the type that is defined in it.
(field_declaration
  declarator: (_) @declarator
  (#set! level leaf)) @def.field

(type_definition
  declarator: (_) @declarator
  (#set! level leaf)) @def.class

(function_definition
  declarator: (_) @declarator
  body: (_) @body
  (#set! level leaf)) @def.function

(declaration
  declarator: (init_declarator
    declarator: (_) @declarator
    value: (initializer_list) @body)
  (#set! level leaf)) @def.variable

(declaration
  declarator: (_) @declarator
  (#set! level leaf)) @def.variable

(function_declarator
  declarator: (identifier) @name @as.function)
(function_declarator
  declarator: (parenthesized_declarator (identifier) @name @as.function))

; static: of this file only.
((declaration
  (storage_class_specifier) @visibility.private @flag.static
  declarator: (_) @declarator)
  (#eq? @visibility.private "static"))
((function_definition
  (storage_class_specifier) @visibility.private @flag.static
  declarator: (_) @declarator)
  (#eq? @visibility.private "static"))

; __attribute__((deprecated)) and __attribute__((deprecated("why"))).
((declaration
  (attribute_specifier (argument_list (_) @flag.deprecated))
  declarator: (_) @declarator)
  (#match? @flag.deprecated "^(__)?deprecated"))
((function_definition
  (attribute_specifier (argument_list (_) @flag.deprecated))
  declarator: (_) @declarator)
  (#match? @flag.deprecated "^(__)?deprecated"))
((function_declarator
  declarator: (identifier) @name
  (attribute_specifier (argument_list (_) @flag.deprecated)))
  (#match? @flag.deprecated "^(__)?deprecated"))
