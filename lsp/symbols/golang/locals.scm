; The body of a function is no scope of its own: "x, err := f()" in it reuses a parameter err.
[(function_declaration) (method_declaration) (func_literal)] @scope.function
(function_declaration body: (block) @shared)
(method_declaration body: (block) @shared)
(func_literal body: (block) @shared)
[(block) (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement) (select_statement)
 (expression_case) (type_case) (default_case) (communication_case)] @scope
; Type parameters are seen in the declaration alone.
[(type_spec) (type_alias)] @scope
[(function_type) (method_elem)] @scope.function

; Parameters are seen in the body, and not in the types beside them.
(function_declaration
  [parameters: (parameter_list (_ name: (identifier) @def) @declaration) result: (parameter_list (_ name: (identifier) @def) @declaration)]
  body: (block) @from)
(method_declaration
  [receiver: (parameter_list (_ name: (identifier) @def) @declaration) parameters: (parameter_list (_ name: (identifier) @def) @declaration)
   result: (parameter_list (_ name: (identifier) @def) @declaration)]
  body: (block) @from)
(func_literal
  [parameters: (parameter_list (_ name: (identifier) @def) @declaration) result: (parameter_list (_ name: (identifier) @def) @declaration)]
  body: (block) @from)
[(parameter_declaration name: (identifier) @def) (variadic_parameter_declaration name: (identifier) @def)] @declaration
(type_parameter_declaration name: (identifier) @def) @declaration
(method_declaration receiver: (parameter_list (parameter_declaration type:
  [(generic_type type_arguments: (type_arguments (type_elem (type_identifier) @def)))
   (pointer_type (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @def))))])))

(short_var_declaration left: (expression_list (identifier) @def)) @extent
(var_spec name: (identifier) @def) @extent
(const_spec name: (identifier) @def) @extent
(range_clause left: (expression_list (identifier) @def) ":=") @extent
(receive_statement left: (expression_list (identifier) @def) ":=") @extent
; "switch v := v.(type)": the value is that of an outer v.
(type_switch_statement alias: (expression_list (identifier) @def) value: (_) @extent) @declaration
(type_spec name: (type_identifier) @def.outer) @declaration
(type_alias name: (type_identifier) @def.outer) @declaration
(labeled_statement label: (label_name) @def.label.function)

(import_spec !name path: (_) @def.import.itself.package.path) @declaration
(import_spec name: (package_identifier) @def.import.itself.package) @declaration
(import_spec name: (dot)) @wildcard
(function_declaration name: (identifier) @def.outer)
