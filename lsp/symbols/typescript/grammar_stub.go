//go:build !cgo

package typescript

import "unsafe"

func grammar() unsafe.Pointer { return nil }
