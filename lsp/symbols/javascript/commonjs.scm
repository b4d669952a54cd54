; JavaScript only: what assignments declare.

; CommonJS. tsserver calls what is assigned to module.exports "<unknown>".

(assignment_expression
  left: (member_expression) @name
  right: [
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
    (arrow_function "=>" @body)
  ]
  (#eq? @name "module.exports")) @def.function
(assignment_expression
  left: (member_expression) @name
  right: (class body: (_) @body)
  (#eq? @name "module.exports")) @def.class
(assignment_expression
  left: (member_expression) @name
  right: [(object) (array)]? @body
  (#eq? @name "module.exports")) @def.constant

(assignment_expression
  left: (member_expression object: (_) @_exports property: (property_identifier) @name)
  right: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function "=>" @body)
  ]
  (#any-of? @_exports "exports" "module.exports")) @def.function @visibility.public
(assignment_expression
  left: (member_expression object: (_) @_exports property: (property_identifier) @name)
  right: (class body: (_) @body)
  (#any-of? @_exports "exports" "module.exports")) @def.class @visibility.public
(assignment_expression
  left: (member_expression object: (_) @_exports property: (property_identifier) @name)
  right: [(object) (array)] @body
  (#any-of? @_exports "exports" "module.exports")) @def.constant @visibility.public
; Not the declarations that compilers put in front ("exports.a = exports.b = void
; 0"), nor what has its name from a declaration of its own.
(assignment_expression
  left: (member_expression object: (_) @_exports property: (property_identifier) @name)
  right: (_) @_value
  (#any-of? @_exports "exports" "module.exports")
  (#not-match? @_value "void 0$")
  (#not-eq? @_value @name)) @def.constant @visibility.public

; Classes made by hand.

(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]
  (#eq? @_prototype "prototype")) @def.method
(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [(object) (array)]? @body
  (#eq? @_prototype "prototype")) @def.property

; Other functions and classes are called what they are assigned to.

(assignment_expression
  left: [
    (member_expression object: (_) @container property: (property_identifier) @name)
    (identifier) @name
  ]
  right: [
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
    (arrow_function "=>" @body)
  ]
  (#not-any-of? @container "module")) @def.function
(assignment_expression
  left: [
    (member_expression object: (_) @container property: (property_identifier) @name)
    (identifier) @name
  ]
  right: (class !name body: (_) @body)
  (#not-any-of? @container "module")) @def.class
