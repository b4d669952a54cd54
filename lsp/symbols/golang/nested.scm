; Functions inside functions: closures that have a name. gopls shows none of them.

(function_declaration body: (block) @opaque)
(method_declaration body: (block) @opaque)
(func_literal body: (block) @opaque)

(short_var_declaration
  left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal body: (block) @body) .)
  (#not-eq? @name "_")) @def.function

(assignment_statement
  left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal body: (block) @body) .)
  (#not-eq? @name "_")) @def.function

(var_spec
  . name: (identifier) @name
  value: (expression_list . (func_literal body: (block) @body) .)
  (#not-eq? @name "_")
  (#set! prefix "var ")) @def.function
