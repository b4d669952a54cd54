//go:build darwin || freebsd || openbsd || netbsd || dragonfly

package watcher

import (
	"os"
	"syscall"
)

// maxDescriptors bounds what a watcher takes of the descriptors that all of the
// system's processes share: about an eighth of what macOS has by default.
const maxDescriptors = 1 << 14

// systemMaxWatches is half of the descriptors that the process may have, within
// maxDescriptors.
func systemMaxWatches() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 128 // half of the oldest default
	}
	return int(min(uint64(limit.Cur)/2, maxDescriptors))
}

// watchCost is the descriptors that kqueue needs for a directory: its own, and
// one for each entry.
func watchCost(dir string) int {
	entries, _ := os.ReadDir(dir) // ignore error: what could be read counts
	return 1 + len(entries)
}
