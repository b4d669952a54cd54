; JavaScript without types only: fields.

(field_definition
  property: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name
  value: [
    (arrow_function "=>" @body)
    (function_expression body: (_) @body)
    (object) @body
    (array) @body
  ]?) @def.property
(field_definition "static" @flag.static property: (_) @name)
