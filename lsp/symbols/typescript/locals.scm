[(function_signature) (method_signature) (abstract_method_signature) (function_type) (call_signature) (construct_signature)
 (constructor_type)] @scope.function
[(abstract_class_declaration) (interface_declaration) (type_alias_declaration) (conditional_type) (index_signature)] @scope

(required_parameter pattern: (identifier) @def.value) @declaration
(optional_parameter pattern: (identifier) @def.value) @declaration
(required_parameter pattern: (rest_pattern (identifier) @def.value)) @declaration
(function_signature name: (identifier) @def.outer.value)
(class_declaration name: (type_identifier) @def.outer)
(abstract_class_declaration name: (type_identifier) @def.outer)
(class name: (type_identifier) @def)
(interface_declaration name: (type_identifier) @def.outer.type)
(type_alias_declaration name: (type_identifier) @def.outer.type)
(enum_declaration name: (identifier) @def)
(internal_module name: (identifier) @def)
(module name: (identifier) @def)
(type_parameter name: (type_identifier) @def.type) @declaration
(mapped_type_clause name: (type_identifier) @def.type) @declaration
(infer_type (type_identifier) @def.type)
(index_signature name: (identifier) @def.value)
(import_require_clause (identifier) @def.import)
(import_alias . (identifier) @def.import)
