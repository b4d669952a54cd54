[(function_definition) (lambda)] @scope.function
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope
; Type parameters are seen in the whole declaration, what the body of a class binds in that body alone.
(class_definition) @scope
(class_definition body: (block) @scope.class)
(type_alias_statement) @scope

; Defaults, annotations and the first iterable are evaluated outside; annotations among type parameters.
(default_parameter value: (_) @outer)
(typed_default_parameter value: (_) @outer)
(function_definition !type_parameters parameters: (parameters [(typed_parameter type: (_) @outer) (typed_default_parameter type: (_) @outer)]))
(function_definition !type_parameters return_type: (_) @outer)
(list_comprehension body: (_) . (for_in_clause right: (_) @outer))
(set_comprehension body: (_) . (for_in_clause right: (_) @outer))
(dictionary_comprehension body: (_) . (for_in_clause right: (_) @outer))
(generator_expression body: (_) . (for_in_clause right: (_) @outer))

; Parameters are seen in the body.
(function_definition parameters: (parameters [
  (identifier) @def @declaration
  (default_parameter name: (identifier) @def) @declaration
  (typed_parameter . [(identifier) @def (list_splat_pattern (identifier) @def) (dictionary_splat_pattern (identifier) @def)]) @declaration
  (typed_default_parameter name: (identifier) @def) @declaration
  (list_splat_pattern (identifier) @def) @declaration
  (dictionary_splat_pattern (identifier) @def) @declaration])
  body: (block) @from)
(lambda parameters: (lambda_parameters [
  (identifier) @def @declaration
  (default_parameter name: (identifier) @def) @declaration
  (list_splat_pattern (identifier) @def) @declaration
  (dictionary_splat_pattern (identifier) @def) @declaration])
  body: (_) @from)
(function_definition type_parameters: (type_parameter (type (identifier) @def)))
(class_definition type_parameters: (type_parameter (type (identifier) @def)))

(assignment left: (identifier) @def.last) @declaration
(augmented_assignment left: (identifier) @def.last)
(for_statement left: (identifier) @def.last)
(for_in_clause left: (identifier) @def)
[(pattern_list (identifier) @def.last) (tuple_pattern (identifier) @def.last) (list_pattern (identifier) @def.last)
 (list_splat_pattern (identifier) @def.last)]
; A name bound in a comprehension by ":=" is one of the function around it.
(named_expression name: (identifier) @def.last.function)
(as_pattern_target (identifier) @def.last)
(as_pattern_target (_ (identifier) @def.last))
(as_pattern_target (_ (_ (identifier) @def.last)))
(case_pattern (dotted_name . (identifier) @def.last .))
(as_pattern (case_pattern) (identifier) @def.last)
(splat_pattern (identifier) @def.last)
(keyword_pattern (dotted_name . (identifier) @def.last .))
(function_definition name: (identifier) @def.outer.last)
(class_definition name: (identifier) @def.outer.last)
(type_alias_statement left: (type [(identifier) @def.outer.last (generic_type . (identifier) @def.outer.last)]))
(type_alias_statement left: (type (generic_type (type_parameter (type (identifier) @def)))))

(import_statement name: (dotted_name . (identifier) @def.import.package.last)) @declaration
(import_statement name: (aliased_import alias: (identifier) @def.import.package.last)) @declaration
(import_from_statement name: (dotted_name (identifier) @def.import.last)) @declaration
(import_from_statement name: (aliased_import alias: (identifier) @def.import.last)) @declaration
(import_from_statement (wildcard_import)) @wildcard
(global_statement (identifier) @global)
(nonlocal_statement (identifier) @nonlocal)
