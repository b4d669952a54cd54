//go:build !linux && !darwin && !windows

package main

import "syscall"

// lowerPriority gives this process the processor after all others.
func lowerPriority() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) }
