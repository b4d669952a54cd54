//go:build !linux

package files

import "os"

// Device returns the device number of an open directory. Here it is unknown: 0.
func Device(*os.File) uint64 { return 0 }

// IsKernels reports whether an open directory is one of a file system that the kernel
// makes up. None is known here.
func IsKernels(*os.File) bool { return false }

// KernelsBegin reports whether such a file system begins at a directory.
func KernelsBegin(string) bool { return false }
