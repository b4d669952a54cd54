//go:build !linux

package system

import (
	"errors"
	"fmt"
	"runtime"
)

func cpuModel() string { return runtime.GOARCH }

func memoryTotal() int64 { return 0 }

func kernel() string { return runtime.GOOS }

// LoadAverage returns the load averages of the last 1, 5 and 15 minutes.
func LoadAverage() string { return "unknown" }

// MemoryOf returns the memory of a process and of all below it.
func MemoryOf(int) (Memory, error) {
	return Memory{}, fmt.Errorf("private and shared memory on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
