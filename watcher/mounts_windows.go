package watcher

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// drives tells remote drives and shares from others. What is mounted below a root is a link there, and is not entered.
type drives struct{}

func openMounts() mounts { return drives{} }

func (drives) close() {}

func (drives) list(roots []string) []mount {
	var all []mount
	for _, root := range roots {
		volume := filepath.VolumeName(root)
		if isShare(volume) {
			all = append(all, mount{path: volume, kind: "a network share", remote: true})
			continue
		}
		name, err := windows.UTF16PtrFromString(volume + `\`)
		if err == nil && windows.GetDriveType(name) == windows.DRIVE_REMOTE {
			all = append(all, mount{path: volume, kind: "a network drive", remote: true})
		}
	}
	return all
}

// isShare tells `\\server\share` and `\\?\UNC\server\share` from `C:` and `\\?\C:`.
func isShare(volume string) bool {
	rest, ok := strings.CutPrefix(volume, `\\`)
	if !ok {
		return false
	}
	if device, ok := strings.CutPrefix(rest, `?\`); ok {
		return len(device) >= 4 && strings.EqualFold(device[:4], `UNC\`)
	}
	return !strings.HasPrefix(rest, `.\`)
}
