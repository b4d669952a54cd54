//go:build unix

package workspace

import (
	"os"
	"syscall"
	"testing"
)

func suspend(t *testing.T, process *os.Process) {
	t.Helper()
	if _, err := pause(process); err != nil {
		t.Fatal(err)
	}
}

// pause has a process stand still until it is resumed.
func pause(process *os.Process) (resume func(), err error) {
	return func() { _ = process.Signal(syscall.SIGCONT) }, process.Signal(syscall.SIGSTOP)
}
