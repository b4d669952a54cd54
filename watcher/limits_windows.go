package watcher

import (
	"math"

	"golang.org/x/sys/windows"
)

// systemMaxWatches is no limit: a watch covers all of a root. Wine reports no changes below the directory itself, so
// that all is polled there.
func systemMaxWatches() int {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		return -1
	}
	return math.MaxInt32
}

// watchCost is what the watch of a directory counts for: nothing, as that of the root covers it.
func watchCost(string) int { return 0 }
