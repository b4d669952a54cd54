//go:build !windows

package watcher

// openBackend watches each directory by itself. On macOS a directory costs a descriptor, and so does each file in it.
func openBackend() (backend, error) { return openFsnotify() }
