//go:build !cgo

package c

import "unsafe"

func grammar() unsafe.Pointer { return nil }
