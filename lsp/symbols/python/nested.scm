; Functions and classes inside functions.

(function_definition body: (block) @opaque)
(lambda) @opaque

(decorated_definition
  definition: (class_definition
    name: (identifier) @name
    body: (_) @body) @signature) @def.class

(class_definition
  name: (identifier) @name
  body: (_)? @body) @def.class

(decorated_definition
  definition: (function_definition
    name: (identifier) @name
    body: (_) @body) @signature) @def.function

(function_definition
  name: (identifier) @name
  body: (_)? @body) @def.function

(function_definition
  "async" @flag.async
  name: (identifier) @name)
