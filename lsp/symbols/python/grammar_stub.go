//go:build !cgo

package python

import "unsafe"

func grammar() unsafe.Pointer { return nil }
