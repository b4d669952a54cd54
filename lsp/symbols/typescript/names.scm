(type_identifier) @type
(nested_type_identifier name: (type_identifier) @member)
(nested_type_identifier module: (identifier) @type)
