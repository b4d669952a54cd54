//go:build cgo

package python

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-python/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.Language() }
