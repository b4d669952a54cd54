[(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)] @name
(statement_identifier) @label
(member_expression property: [(property_identifier) (private_property_identifier)] @member)
(pair key: (property_identifier) @key)
(pair_pattern key: (property_identifier) @key)
(import_specifier name: (identifier) @imported alias: (_))
(export_statement (export_clause (export_specifier name: (identifier) @imported)) source: (_))
(export_specifier alias: (identifier) @none)
(namespace_export (identifier) @none)
