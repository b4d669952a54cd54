//go:build !windows

package sharing

import "os"

// Open opens a file or a directory for reading.
func Open(path string) (*os.File, error) { return os.Open(path) }
