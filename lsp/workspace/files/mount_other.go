//go:build !linux

package files

import (
	"io/fs"
	"os"
)

// deviceOf returns the device number of a directory. Here it is unknown: 0.
func deviceOf(fs.FileInfo) uint64 { return 0 }

// deviceOfOpen is deviceOf for an open directory.
func deviceOfOpen(*os.File) uint64 { return 0 }

// isKernels reports whether a directory is one of a file system that the kernel makes up.
// None is known here.
func isKernels(string) bool { return false }
