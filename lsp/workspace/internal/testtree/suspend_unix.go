//go:build unix

package testtree

import (
	"os"
	"syscall"
)

// Suspend makes a process stand still until it is resumed.
func Suspend(process *os.Process) (resume func(), err error) {
	return func() { _ = process.Signal(syscall.SIGCONT) }, process.Signal(syscall.SIGSTOP)
}
