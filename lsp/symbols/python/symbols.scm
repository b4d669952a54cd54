; The outline of Python as pyright draws it: classes, functions, methods and all
; names that the module and its classes bind. Blocks such as if, try, with and for
; are transparent, in every branch. A name is one symbol however often it is bound
; (see "merge"), and its range is the name itself where it is a variable.

; Nothing inside functions is a symbol, but for the attributes of self. The
; targets of a comprehension are its own.
(function_definition body: (block) @opaque)
(parameters) @opaque
(lambda) @opaque
(for_in_clause left: (_) @opaque)

(comment) @comment

; Classes and functions. Decorators are part of the range, not of the signature.

(decorated_definition
  definition: (class_definition
    name: (identifier) @name
    body: (_) @body) @signature
  (#set! merge last)) @def.class

(class_definition
  name: (identifier) @name
  body: (_)? @body
  (#set! merge last)) @def.class

(decorated_definition
  definition: (function_definition
    name: (identifier) @name
    body: (_) @body) @signature
  (#set! merge last)) @def.function

(function_definition
  name: (identifier) @name
  body: (_)? @body
  (#set! merge last)) @def.function

(function_definition
  "async" @flag.async
  name: (identifier) @name)

(decorated_definition
  (decorator (identifier) @_decorator)
  definition: (function_definition name: (identifier) @name) @flag.static
  (#any-of? @_decorator "staticmethod" "classmethod"))

(decorated_definition
  (decorator [
    (identifier) @_decorator
    (attribute attribute: (identifier) @_decorator)
    (call function: (identifier) @_decorator)
    (call function: (attribute attribute: (identifier) @_decorator))
  ])
  definition: (_ name: (identifier) @name) @flag.deprecated
  (#eq? @_decorator "deprecated"))

; Variables with an annotation, and type aliases: the last one is shown.

(assignment
  left: (identifier) @name @def.constant
  type: (type) @_type
  right: (_)? @body
  (#match? @_type "^(\\w+\\.)?(ClassVar\\[(\\w+\\.)?)?Final\\b")
  (#set! merge last)) @signature

(assignment
  left: (identifier) @name @def.constant
  type: (type)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body
  (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
  (#set! merge last)) @signature

(assignment
  left: (identifier) @name @def.variable
  type: (type)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body
  (#set! merge last)) @signature

(type_alias_statement
  left: (type [
    (identifier) @name @def.variable
    (generic_type . (identifier) @name @def.variable)
  ])
  (#set! merge last)) @signature

; The names that __slots__ declares.

(class_definition
  body: (block
    (expression_statement
      (assignment
        left: (identifier) @_slots
        right: [
          (tuple (string (string_content) @name) @def.constant)
          (list (string (string_content) @name) @def.constant)
          (expression_list (string (string_content) @name) @def.constant)
        ])))
  (#eq? @_slots "__slots__")
  (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
  (#set! merge first))
(class_definition
  body: (block
    (expression_statement
      (assignment
        left: (identifier) @_slots
        right: [
          (tuple (string (string_content) @name) @def.variable)
          (list (string (string_content) @name) @def.variable)
          (expression_list (string (string_content) @name) @def.variable)
        ])))
  (#eq? @_slots "__slots__")
  (#not-eq? @name "__dict__")
  (#set! merge first))

; Other variables: the first binding is shown. Names in capitals are constants,
; "_" is none.

(assignment
  left: (identifier) @name @def.constant
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body
  (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
  (#set! merge first)) @signature

(assignment
  left: (identifier) @name @def.variable
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body
  (#not-eq? @name "_")
  (#set! merge first)) @signature

([
  (augmented_assignment left: (identifier) @name @def.constant)
  (for_statement left: (identifier) @name @def.constant)
  (named_expression name: (identifier) @name @def.constant)
  (pattern_list (identifier) @name @def.constant)
  (tuple_pattern (identifier) @name @def.constant)
  (list_pattern (identifier) @name @def.constant)
  (list_splat_pattern (identifier) @name @def.constant)
  (as_pattern_target (identifier) @name @def.constant)
  (as_pattern_target (tuple (identifier) @name @def.constant))
  (as_pattern (case_pattern) (identifier) @name @def.constant)
  (keyword_pattern (identifier) (dotted_name . (identifier) @name @def.constant .))
  (case_pattern (dotted_name . (identifier) @name @def.constant .))
  (splat_pattern (identifier) @name @def.constant)
 ]
 (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
 (#set! merge first))

([
  (augmented_assignment left: (identifier) @name @def.variable)
  (for_statement left: (identifier) @name @def.variable)
  (named_expression name: (identifier) @name @def.variable)
  (pattern_list (identifier) @name @def.variable)
  (tuple_pattern (identifier) @name @def.variable)
  (list_pattern (identifier) @name @def.variable)
  (list_splat_pattern (identifier) @name @def.variable)
  (as_pattern_target (identifier) @name @def.variable)
  (as_pattern_target (tuple (identifier) @name @def.variable))
  (as_pattern (case_pattern) (identifier) @name @def.variable)
  (keyword_pattern (identifier) (dotted_name . (identifier) @name @def.variable .))
  (case_pattern (dotted_name . (identifier) @name @def.variable .))
  (splat_pattern (identifier) @name @def.variable)
 ]
 (#not-eq? @name "_")
 (#set! merge first))

; Attributes that a method gives its instance or its class.

((assignment
  left: (attribute
    object: (identifier) @_self
    attribute: (identifier) @name @def.constant)
  type: (type) @_type
  right: (_)? @body) @signature
  (#any-of? @_self "self" "cls")
  (#match? @_type "^(\\w+\\.)?(ClassVar\\[(\\w+\\.)?)?Final\\b")
  (#set! level outer)
  (#set! merge last))

((assignment
  left: (attribute
    object: (identifier) @_self
    attribute: (identifier) @name @def.constant)
  type: (type)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body) @signature
  (#any-of? @_self "self" "cls")
  (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
  (#set! level outer)
  (#set! merge last))

((assignment
  left: (attribute
    object: (identifier) @_self
    attribute: (identifier) @name @def.variable)
  type: (type)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body) @signature
  (#any-of? @_self "self" "cls")
  (#set! level outer)
  (#set! merge last))

((assignment
  left: (attribute
    object: (identifier) @_self
    attribute: (identifier) @name @def.constant)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body) @signature
  (#any-of? @_self "self" "cls")
  (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
  (#set! level outer)
  (#set! merge first))

((assignment
  left: (attribute
    object: (identifier) @_self
    attribute: (identifier) @name @def.variable)
  right: [(dictionary) (list) (set) (tuple) (lambda)]? @body) @signature
  (#any-of? @_self "self" "cls")
  (#set! level outer)
  (#set! merge first))

([
  (augmented_assignment left: (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (for_statement left: (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (pattern_list (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (tuple_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (list_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (list_splat_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
  (as_pattern_target (attribute object: (identifier) @_self attribute: (identifier) @name @def.constant))
 ]
 (#any-of? @_self "self" "cls")
 (#match? @name "^[A-Z0-9_]*[A-Z0-9][A-Z0-9_]*$")
 (#set! level outer)
 (#set! merge first))

([
  (augmented_assignment left: (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (for_statement left: (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (pattern_list (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (tuple_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (list_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (list_splat_pattern (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
  (as_pattern_target (attribute object: (identifier) @_self attribute: (identifier) @name @def.variable))
 ]
 (#any-of? @_self "self" "cls")
 (#set! level outer)
 (#set! merge first))

; What is still being written.

(ERROR "class" . (identifier) @name @def.class (#set! merge last))
(ERROR "def" . (identifier) @name @def.function (#set! merge last))
