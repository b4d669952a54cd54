//go:build cgo

package golang

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-go/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.Language() }
