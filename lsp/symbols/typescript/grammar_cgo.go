//go:build cgo

package typescript

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.LanguageTypescript() }
