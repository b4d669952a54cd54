; Functions and classes are called what they are assigned to.

(assignment_expression
  left: [
    (member_expression object: (_) @container property: (property_identifier) @name)
    (identifier) @name
  ]
  right: [
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
    (arrow_function "=>" @body)
  ]) @def.function
(assignment_expression
  left: [
    (member_expression object: (_) @container property: (property_identifier) @name)
    (identifier) @name
  ]
  right: (class !name body: (_) @body)) @def.class
