; What stands for an element of HTML is bound by nothing.
(jsx_opening_element name: (identifier) @bound)
(jsx_closing_element name: (identifier) @bound)
(jsx_self_closing_element name: (identifier) @bound)
