package main

import "golang.org/x/sys/unix"

// What setpriority(2) of macOS takes besides what POSIX has.
const (
	prioDarwinProcess = 4
	prioDarwinBG      = 0x1000
)

// lowerPriority makes this a process in the background: little of the processor, the
// disk and the network while others want them.
func lowerPriority() error { return unix.Setpriority(prioDarwinProcess, 0, prioDarwinBG) }
