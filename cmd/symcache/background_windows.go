package main

import "golang.org/x/sys/windows"

// lowerPriority gives this process the processor only while nobody else wants it.
// PROCESS_MODE_BACKGROUND_BEGIN would also lower the priority of the disk, but bounds
// the working set to 32 MB, and a warm-up needs more.
func lowerPriority() error {
	return windows.SetPriorityClass(windows.CurrentProcess(), windows.IDLE_PRIORITY_CLASS)
}
