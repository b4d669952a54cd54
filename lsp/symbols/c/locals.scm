; The parameters and the body of a function are one scope; those of a declarator are another.
(function_definition) @scope.function
(function_definition body: (compound_statement) @shared)
(function_declarator) @scope.function
(function_definition declarator: (function_declarator) @shared)
(function_definition declarator: (_ declarator: (function_declarator) @shared))
(function_definition declarator: (_ declarator: (_ declarator: (function_declarator) @shared)))
(function_definition declarator: (function_declarator declarator:
  (parenthesized_declarator (pointer_declarator declarator: (function_declarator) @shared))))
[(compound_statement) (for_statement) (if_statement) (while_statement) (switch_statement)] @scope

; @def is a declarator: the name is deep inside of it.
(parameter_declaration declarator: (_) @def) @declaration
(declaration declarator: [(identifier) (init_declarator) (pointer_declarator) (array_declarator) (attributed_declarator)] @def @from) @declaration
(declaration declarator: (function_declarator) @def.outer @from) @declaration
(parameter_list (identifier) @def)
(type_definition declarator: [(type_identifier) (pointer_declarator) (array_declarator)] @def @from) @declaration
(type_definition declarator: (function_declarator) @def.outer @from) @declaration
(struct_specifier name: (type_identifier) @def.tag body: (_)) @declaration
(union_specifier name: (type_identifier) @def.tag body: (_)) @declaration
(enum_specifier name: (type_identifier) @def.tag body: (_)) @declaration
(enumerator name: (identifier) @def) @declaration
(labeled_statement label: (statement_identifier) @def.label.function)
(preproc_function_def) @scope.function
(preproc_params (identifier) @def)
; "int f(a, b) int a, b; {}"
(function_definition declarator: (function_declarator parameters: (parameter_list (parameter_declaration !declarator type: (type_identifier) @def))))
(function_definition declarator: (_ declarator: (function_declarator parameters: (parameter_list (parameter_declaration !declarator type: (type_identifier) @def)))))
