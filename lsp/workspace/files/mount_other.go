//go:build !linux

package files

import "io/fs"

// deviceOf returns the device number of a directory. Here it is unknown: 0.
func deviceOf(fs.FileInfo) uint64 { return 0 }

// isKernels reports whether a directory is one of a file system that the kernel makes up.
// None is known here.
func isKernels(string) bool { return false }
