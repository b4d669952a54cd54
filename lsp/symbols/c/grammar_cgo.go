//go:build cgo

package c

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-c/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.Language() }
