package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// inBackground lowers the priority of this process while it starts threads, and fails if
// any of them, or one that is started later, has another priority.
func inBackground([]string) error {
	var threads sync.WaitGroup
	all := make(chan struct{})
	start := func() {
		for range 20 {
			threads.Go(func() {
				runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
				<-all
			})
		}
	}
	start()
	if err := lowerPriority(); err != nil {
		return err
	}
	start()
	defer threads.Wait()
	defer close(all)
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(task.Name())
		if err != nil {
			return err
		}
		attr, err := unix.SchedGetAttr(id, 0)
		if err != nil {
			continue // ignore error: the thread has ended
		}
		disk, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, ioprioWhoProcess, uintptr(id), 0)
		if attr.Policy != unix.SCHED_IDLE || errno != 0 || disk != ioprioIdle {
			return fmt.Errorf("thread %d: policy %d, priority of the disk %#x, %w", id, attr.Policy, disk, errno)
		}
	}
	return nil
}

// A process in the background has idle priority in all of its threads.
func TestBackgroundLowersAllThreads(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"=background")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
