//go:build !linux

package contents

// idleDisk does nothing on systems where changing a thread's disk priority and back costs
// as much as a read.
func idleDisk() (restore func()) { return func() {} }
