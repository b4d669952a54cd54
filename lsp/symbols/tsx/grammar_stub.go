//go:build !cgo

package tsx

import "unsafe"

func grammar() unsafe.Pointer { return nil }
