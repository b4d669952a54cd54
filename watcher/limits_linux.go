package watcher

import (
	"os"
	"strconv"
	"strings"
)

// systemMaxWatches is three quarters of the user's inotify watches: editors and
// other servers need some of them too. If the kernel does not tell, it is
// three quarters of 8,192, the default before Linux 5.11.
func systemMaxWatches() int {
	limit := 8192
	if text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			limit = n
		}
	}
	return max(limit/4*3, 1)
}

// watchCost is what the watch of a directory counts for: one of the user's.
func watchCost(string) int { return 1 }
