package cachestore

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// fileSystemOf asks the system where a directory is.
func fileSystemOf(dir string) (fileSystem, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return fileSystem{}, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return fileSystem{}, err
	}
	volume, err := windows.UTF16PtrFromString(filepath.VolumeName(dir) + `\`)
	if err != nil {
		return fileSystem{}, err
	}
	on := fileSystem{free: int64(min(free, 1<<62))}
	switch windows.GetDriveType(volume) {
	case windows.DRIVE_REMOTE:
		on.name, on.network = "network drive", true
	case windows.DRIVE_RAMDISK:
		on.name, on.memory = "RAM disk", true
	default:
		on.name = "local drive"
	}
	return on, nil
}
