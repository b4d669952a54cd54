//go:build !cgo

package javascript

import "unsafe"

func grammar() unsafe.Pointer { return nil }
