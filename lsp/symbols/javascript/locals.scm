(formal_parameters [
  (identifier) @def.value @declaration
  (assignment_pattern left: (identifier) @def.value) @declaration
  (rest_pattern (identifier) @def.value) @declaration])
(class_declaration name: (identifier) @def.outer)
(class name: (identifier) @def)
