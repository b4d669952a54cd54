//go:build !linux && !darwin && !windows

package cachestore

// fileSystemOf knows nothing here.
func fileSystemOf(string) (fileSystem, error) { return fileSystem{free: -1}, nil }
