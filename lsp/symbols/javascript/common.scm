; What the outlines of JavaScript and TypeScript have in common. They are those of
; tsserver: declarations in any block of a module, members of classes, and the
; members of object literals wherever they stand, below what encloses them.

; Nothing inside functions is a symbol, nor in what a class is derived from.
(function_declaration body: (_) @opaque)
(function_expression body: (_) @opaque)
(generator_function_declaration body: (_) @opaque)
(generator_function body: (_) @opaque)
(arrow_function body: (_) @opaque)
(method_definition body: (_) @opaque)
(class_static_block) @opaque
(formal_parameters) @opaque
(class_heritage) @opaque
(decorator) @opaque

; A function that is called on the spot, or by an AMD loader, is a module. A body
; whose end is still to be written has swallowed what follows it.
(call_expression function: (parenthesized_expression (function_expression body: (_) @transparent)))
(call_expression function: (parenthesized_expression (arrow_function body: (statement_block) @transparent)))
(parenthesized_expression (call_expression function: (function_expression body: (_) @transparent)))
(unary_expression argument: (call_expression function: (function_expression body: (_) @transparent)))
(call_expression
  function: (identifier) @_define
  arguments: (arguments (function_expression body: (_) @transparent))
  (#eq? @_define "define"))
(statement_block (MISSING "}")) @transparent

(comment) @comment

; Functions and classes.

(function_declaration name: (identifier) @name body: (_) @body) @def.function
(generator_function_declaration name: (identifier) @name body: (_) @body) @def.function
(class_declaration name: (_) @name body: (_) @body) @def.class

; Expressions with a name of their own, unless they initialize what has one.
([
  (arguments (function_expression name: (identifier) @name body: (_) @body) @def.function)
  (parenthesized_expression (function_expression name: (identifier) @name body: (_) @body) @def.function)
  (unary_expression (function_expression name: (identifier) @name body: (_) @body) @def.function)
  (assignment_expression right: (function_expression name: (identifier) @name body: (_) @body) @def.function)
  (arguments (class name: (_) @name body: (_) @body) @def.class)
  (assignment_expression right: (class name: (_) @name body: (_) @body) @def.class)
  (export_statement value: (class name: (_) @name body: (_) @body) @def.class)
 ])

; Class members. tsserver shows a name that is computed only where it can be read.

(class_body
  (method_definition
    name: (property_identifier) @name
    body: (_) @body
    (#eq? @name "constructor")) @def.constructor)

(method_definition
  name: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name
  body: (_) @body) @def.method

; Members of object literals.

(pair
  key: (_) @name
  value: [
    (arrow_function "=>" @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @def.method
(pair key: (_) @name value: [(object) (array) (class)] @body) @def.property
(pair key: (_) @name) @def.property
(object (shorthand_property_identifier) @name @def.property)
(object (spread_element (identifier) @name) @def.property)

; Variables.

(lexical_declaration
  kind: "const"
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function "=>" @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (class body: (_) @body)
      (object) @body
      (array) @body
    ]
    (#set! prefix "const ")) @def.constant)
(lexical_declaration
  kind: "const"
  (variable_declarator name: (identifier) @name (#set! prefix "const ")) @def.constant)
(lexical_declaration
  kind: "let"
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function "=>" @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (class body: (_) @body)
      (object) @body
      (array) @body
    ]
    (#set! prefix "let ")) @def.variable)
(lexical_declaration
  kind: "let"
  (variable_declarator name: (identifier) @name (#set! prefix "let ")) @def.variable)
(variable_declaration
  (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function "=>" @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
      (class body: (_) @body)
      (object) @body
      (array) @body
    ]
    (#set! prefix "var ")) @def.variable)
(variable_declaration
  (variable_declarator name: (identifier) @name (#set! prefix "var ")) @def.variable)

(for_in_statement kind: "const" left: (identifier) @name @def.constant)
(for_in_statement kind: ["let" "var"] left: (identifier) @name @def.variable)
(catch_clause parameter: (identifier) @name @def.variable)

; Destructuring, two levels deep.

(lexical_declaration
  kind: "const"
  (variable_declarator
    name: [
      (object_pattern [
        (shorthand_property_identifier_pattern) @name @def.constant
        (object_assignment_pattern left: (_) @name) @def.constant
        (pair_pattern value: (identifier) @name) @def.constant
        (pair_pattern value: (assignment_pattern left: (identifier) @name)) @def.constant
        (rest_pattern (identifier) @name) @def.constant
        (pair_pattern
          value: (object_pattern [
            (shorthand_property_identifier_pattern) @name @def.constant
            (object_assignment_pattern left: (_) @name) @def.constant
            (pair_pattern value: (identifier) @name) @def.constant
          ]))
      ])
      (array_pattern [
        (identifier) @name @def.constant
        (assignment_pattern left: (identifier) @name) @def.constant
        (rest_pattern (identifier) @name) @def.constant
      ])
    ]))

([
  (variable_declarator
    name: [
      (object_pattern [
        (shorthand_property_identifier_pattern) @name @def.variable
        (object_assignment_pattern left: (_) @name) @def.variable
        (pair_pattern value: (identifier) @name) @def.variable
        (pair_pattern value: (assignment_pattern left: (identifier) @name)) @def.variable
        (rest_pattern (identifier) @name) @def.variable
        (pair_pattern
          value: (object_pattern [
            (shorthand_property_identifier_pattern) @name @def.variable
            (object_assignment_pattern left: (_) @name) @def.variable
            (pair_pattern value: (identifier) @name) @def.variable
          ]))
      ])
      (array_pattern [
        (identifier) @name @def.variable
        (assignment_pattern left: (identifier) @name) @def.variable
        (rest_pattern (identifier) @name) @def.variable
      ])
    ])
 ])

(for_in_statement
  kind: "const"
  left: [
    (object_pattern (shorthand_property_identifier_pattern) @name @def.constant)
    (object_pattern (pair_pattern value: (identifier) @name) @def.constant)
    (array_pattern (identifier) @name @def.constant)
  ])
(for_in_statement
  kind: ["let" "var"]
  left: [
    (object_pattern (shorthand_property_identifier_pattern) @name @def.variable)
    (object_pattern (pair_pattern value: (identifier) @name) @def.variable)
    (array_pattern (identifier) @name @def.variable)
  ])

; What is still being written.

(expression_statement (function_expression name: (identifier) @name body: (_) @body) @def.function)
(ERROR "function" . (identifier) @name @def.function)
(ERROR "class" . (_) @name @def.class)
(ERROR "const" . (identifier) @name @def.constant)
(ERROR ["let" "var"] . (identifier) @name @def.variable)

; Default exports that have no name are called "default".

(export_statement
  "default" @name
  value: [
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
    (arrow_function "=>" @body)
  ]) @def.function
(export_statement "default" @name value: (class !name body: (_) @body)) @def.class
(export_statement "default" @name value: (object) @body) @def.constant
(export_statement "default" @name value: [
  (identifier) (call_expression) (array) (new_expression) (string) (number) (template_string)
  (member_expression) (parenthesized_expression) (binary_expression) (await_expression) (null)
  (true) (false) (ternary_expression) (unary_expression) (assignment_expression)
]) @def.constant

; Visibility: what a module exports, and names that begin with "#" (an option).

(export_statement declaration: (_ name: (_) @name)) @visibility.public
(export_statement declaration: (_ (variable_declarator name: (identifier) @name))) @visibility.public

(function_declaration "async" @flag.async name: (_) @name)
(generator_function_declaration "async" @flag.async name: (_) @name)
(method_definition "async" @flag.async name: (_) @name)
(method_definition "static" @flag.static name: (_) @name)
(variable_declarator name: (_) @name value: [(arrow_function "async") (function_expression "async")] @flag.async)
