//go:build cgo

package tsx

import (
	"unsafe"

	grammars "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

func grammar() unsafe.Pointer { return grammars.LanguageTSX() }
