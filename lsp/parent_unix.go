//go:build unix

package lsp

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// parentInterval is how often the client's process is looked for, which costs a
// system call. Most ends show at once, as the end of our input; this is for those
// where somebody else holds that open.
const parentInterval = 2 * time.Second

// findParent returns a process, or nil when it is not to be seen: the number may be
// one of another container.
func findParent(pid int) *os.Process {
	process, err := os.FindProcess(pid)
	if err != nil || isGone(process) {
		return nil
	}
	return process
}

// awaitEnd waits until a process or ctx has ended. It reports whether the process has.
func awaitEnd(ctx context.Context, process *os.Process) (ended bool) {
	ticks := time.NewTicker(parentInterval)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			if isGone(process) {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// isGone reports whether a process has ended. One that we may not signal has not.
func isGone(process *os.Process) bool {
	err := process.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}
