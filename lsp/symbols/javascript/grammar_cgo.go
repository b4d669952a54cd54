//go:build cgo

package javascript

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.Language() }
