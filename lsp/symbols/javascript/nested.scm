; Functions and classes inside functions: handlers of components, hooks, closures. What is
; made by a call that takes the function first, as useCallback and memo do, counts. Callbacks
; without a name do not.

(function_declaration body: (_) @opaque)
(function_expression body: (_) @opaque)
(generator_function_declaration body: (_) @opaque)
(generator_function body: (_) @opaque)
(arrow_function body: (_) @opaque)
(method_definition body: (_) @opaque)

(function_declaration name: (identifier) @name body: (_) @body) @def.function
(generator_function_declaration name: (identifier) @name body: (_) @body) @def.function
(class_declaration name: (_) @name body: (_) @body) @def.class

(class_body
  (method_definition
    name: (property_identifier) @name
    body: (_) @body
    (#eq? @name "constructor")) @def.constructor)

(method_definition
  name: [(property_identifier) (private_property_identifier) (string) (number)] @name
  body: (_) @body) @def.method

(pair
  key: (_) @name
  value: [
    (arrow_function "=>" @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @def.method

(lexical_declaration
  kind: "const"
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function "=>" @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (call_expression arguments: (arguments . [
        (arrow_function "=>" @body)
        (function_expression body: (_) @body)
      ]))
    ]
    (#set! prefix "const ")) @def.constant)

([
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function "=>" @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (call_expression arguments: (arguments . [
        (arrow_function "=>" @body)
        (function_expression body: (_) @body)
      ]))
    ]) @def.variable
 ])

(function_declaration "async" @flag.async name: (_) @name)
(generator_function_declaration "async" @flag.async name: (_) @name)
(method_definition "async" @flag.async name: (_) @name)
(method_definition "static" @flag.static name: (_) @name)
(variable_declarator name: (_) @name value: [(arrow_function "async") (function_expression "async")] @flag.async)
