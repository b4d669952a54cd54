(identifier) @name
(attribute attribute: (identifier) @member)
(dotted_name (identifier) (identifier) @member)
(keyword_argument name: (identifier) @key)
(keyword_pattern . (identifier) @key)
; The path of an import leads to a file.
(import_statement name: (dotted_name (identifier) (identifier) @none))
(import_statement name: (aliased_import name: (dotted_name (identifier) @none)))
(import_from_statement module_name: (dotted_name (identifier) @none))
(import_from_statement module_name: (relative_import (dotted_name (identifier) @none)))
(import_from_statement name: (aliased_import name: (dotted_name (identifier) @imported)))
