//go:build unix

package workspace

import (
	"os"
	"syscall"
	"testing"
)

func suspend(t *testing.T, process *os.Process) {
	t.Helper()
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
