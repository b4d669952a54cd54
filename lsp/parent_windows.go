package lsp

import (
	"context"
	"os"
)

// findParent returns a process, or nil when it is not to be seen.
func findParent(pid int) *os.Process {
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil
	}
	return process
}

// awaitEnd waits until a process or ctx has ended. It reports whether the process has.
func awaitEnd(ctx context.Context, process *os.Process) (ended bool) {
	gone := make(chan error, 1)
	go func() {
		_, err := process.Wait() // here any process can be waited for
		gone <- err
	}()
	select {
	case err := <-gone:
		return err == nil
	case <-ctx.Done():
		return false
	}
}
