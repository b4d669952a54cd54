//go:build !windows

package door

// usualName returns the name of a path that programs use: here each path has one.
func usualName(path string) string { return path }

// namesFile reports whether a path below a root may name a file: here each may.
func namesFile(string) bool { return true }
