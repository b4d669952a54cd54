(identifier) @name
[(type_identifier) (primitive_type)] @type
(struct_specifier name: (type_identifier) @tag)
(union_specifier name: (type_identifier) @tag)
(enum_specifier name: (type_identifier) @tag)
(statement_identifier) @label
(field_expression field: (field_identifier) @member)
(field_declaration declarator: (field_identifier) @member)
(field_designator (field_identifier) @key)
(preproc_def value: (preproc_arg) @words)
(preproc_function_def value: (preproc_arg) @words)
