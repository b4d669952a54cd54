//go:build !linux

package workspace

// idleDisk does nothing where the disk's priority cannot be changed back and forth at
// the cost of one read.
func idleDisk() (restore func()) { return func() {} }
