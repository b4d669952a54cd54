package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// What ioprio_set(2) takes.
const (
	ioprioWhoProcess = 1 // which means a thread
	ioprioIdle       = 3 << 13
)

// lowerPriority gives this process the processor and the disk only while nobody else
// wants them, for good: SCHED_IDLE, and the idle class of the disk's schedulers. Both
// belong to threads; a new thread has those of the one that started it.
func lowerPriority() error {
	const dir = "/proc/self/task"
	done := make(map[int]bool)
	for more := true; more; {
		more = false
		threads, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil || done[id] {
				continue
			}
			// One that was started meanwhile by a thread of the usual priority is in the next list.
			done[id], more = true, true
			if err := lowerThread(id); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("lower the priority of thread %d: %w", id, err)
			}
		}
	}
	return nil
}

func lowerThread(id int) error {
	err := unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}, 0)
	if err != nil && !errors.Is(err, unix.ESRCH) { // a sandbox may allow nice, which is older
		err = unix.Setpriority(unix.PRIO_PROCESS, id, 19)
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(id), ioprioIdle); errno != 0 && err == nil {
		err = errno
	}
	return err
}
