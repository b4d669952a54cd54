//go:build !linux && !darwin && !freebsd && !openbsd && !netbsd && !dragonfly

package watcher

// systemMaxWatches is none. On Windows an open directory, which is what a watch
// needs, keeps everybody from renaming the directories above it
// (dotnet/runtime#103383, paulmillr/chokidar#1031); on other systems nobody has
// tried.
func systemMaxWatches() int { return -1 }

// watchCost is what the watch of a directory counts for.
func watchCost(string) int { return 1 }
