//go:build !linux

package door

import "os"

// StatAt is StatPath for a file in an open directory.
func StatAt(_ *os.File, path string) (s Stat, regular bool, err error) { return StatPath(path) }
