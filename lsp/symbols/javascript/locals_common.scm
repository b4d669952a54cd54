; Parameters and the body of a function are one scope.
[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function) (generator_function_declaration) (class_static_block)] @scope.function
(function_declaration body: (statement_block) @shared)
(function_expression body: (statement_block) @shared)
(arrow_function body: (statement_block) @shared)
(method_definition body: (statement_block) @shared)
(generator_function body: (statement_block) @shared)
(generator_function_declaration body: (statement_block) @shared)
(catch_clause body: (statement_block) @shared)
[(statement_block) (for_statement) (for_in_statement) (catch_clause) (switch_body) (class_declaration) (class)] @scope

(lexical_declaration (variable_declarator name: (identifier) @def.value)) @declaration
(variable_declaration (variable_declarator name: (identifier) @def.value.function)) @declaration
(for_in_statement kind: _ left: (identifier) @def.value)
(catch_clause parameter: (identifier) @def.value)
(arrow_function parameter: (identifier) @def.value)

(object_pattern (shorthand_property_identifier_pattern) @def.value)
(object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @def.value))
(pair_pattern value: (identifier) @def.value)
(pair_pattern value: (assignment_pattern left: (identifier) @def.value))
(array_pattern (identifier) @def.value)
(array_pattern (assignment_pattern left: (identifier) @def.value))
(object_pattern (rest_pattern (identifier) @def.value))
(array_pattern (rest_pattern (identifier) @def.value))

(function_declaration name: (identifier) @def.outer.value)
(generator_function_declaration name: (identifier) @def.outer.value)
(function_expression name: (identifier) @def.value)
(generator_function name: (identifier) @def.value)
(labeled_statement label: (statement_identifier) @def.label.function)

(import_statement (import_clause [
  (identifier) @def.import
  (namespace_import (identifier) @def.import.itself.package)
  (named_imports (import_specifier !alias name: (identifier) @def.import))
  (named_imports (import_specifier alias: (identifier) @def.import))])) @declaration
