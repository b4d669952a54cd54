; TypeScript only. Types are not looked into, but for those in expressions.

(type_annotation) @opaque
(type_predicate_annotation) @opaque
(type_parameters) @opaque
(type_alias_declaration value: (_) @opaque)
(extends_type_clause) @opaque

(function_signature name: (identifier) @name) @def.function
(abstract_class_declaration name: (_) @name body: (_) @body) @def.class
(interface_declaration name: (_) @name body: (_) @body) @def.interface
(type_alias_declaration name: (_) @name) @def.variable

(enum_declaration name: (identifier) @name body: (_) @body) @def.enum
(enum_body name: [(property_identifier) (string)] @name @def.constant)
(enum_assignment name: [(property_identifier) (string)] @name) @def.constant

(module name: (_) @name body: (_)? @body) @def.module
(internal_module name: (_) @name body: (_)? @body) @def.module
(ambient_declaration "global" @name (statement_block) @body) @def.module

(export_statement "default" @name . (identifier)) @def.constant
(export_statement "=" @name (#set! name "export=")) @def.constant

; Members of classes and interfaces.

(class_body
  (method_signature name: (property_identifier) @name (#eq? @name "constructor")) @def.constructor)

([
  (method_signature name: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name)
  (abstract_method_signature name: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name)
 ] @def.method)

(public_field_definition
  name: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name
  value: [
    (arrow_function "=>" @body)
    (function_expression body: (_) @body)
    (object) @body
    (array) @body
  ]?) @def.property

(property_signature
  name: [
    (property_identifier) (private_property_identifier) (string) (number)
    (computed_property_name [(identifier) (member_expression) (string) (number)])
  ] @name) @def.property

((call_signature) @name @def.variable (#set! name "()"))
((construct_signature) @name @def.variable (#set! name "new()"))
((index_signature name: (_)) @name @def.variable (#set! name "[]"))

; Parameters that are properties of the class.
([
  (required_parameter (accessibility_modifier) pattern: (identifier) @name)
  (required_parameter "readonly" pattern: (identifier) @name)
  (required_parameter (override_modifier) pattern: (identifier) @name)
  (optional_parameter (accessibility_modifier) pattern: (identifier) @name)
  (optional_parameter "readonly" pattern: (identifier) @name)
 ] @def.property
 (#set! level outer))

; What is still being written.

(ERROR "interface" . (_) @name @def.interface)
(ERROR "enum" . (identifier) @name @def.enum)
(ERROR "namespace" . (identifier) @name @def.module)

(_ (accessibility_modifier "private") @visibility.private name: (_) @name)
(_ (accessibility_modifier "protected") @visibility.protected name: (_) @name)
(_ (accessibility_modifier "public") @visibility.public name: (_) @name)
(_ (accessibility_modifier "private") @visibility.private pattern: (_) @name)
(_ (accessibility_modifier "protected") @visibility.protected pattern: (_) @name)
(_ (accessibility_modifier "public") @visibility.public pattern: (_) @name)
(export_statement declaration: (ambient_declaration (_ name: (_) @name))) @visibility.public

(public_field_definition "static" @flag.static name: (_) @name)
(method_signature "static" @flag.static name: (_) @name)
