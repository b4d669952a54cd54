package door

import (
	"path/filepath"
	"strings"
)

// namesFile reports whether a path below a root may name a file. Windows takes some names
// for devices in every directory, such as "NUL" and, before Windows 11, "aux.go". A colon
// names another stream of a file.
func namesFile(rel string) bool {
	rel = strings.TrimLeft(rel, `\`)
	return rel == "" || filepath.IsLocal(rel)
}

// usualName returns a path without the prefix by which programs of Windows tell the system
// to take it as it is: "\\?\C:\a" is C:\a, and "\\?\UNC\server\share\a" is
// \\server\share\a. Other paths with the prefix, as of a volume, have no other name.
func usualName(path string) string {
	rest, ok := strings.CutPrefix(path, `\\?\`)
	if !ok {
		return path
	}
	const unc = `UNC\`
	if len(rest) > len(unc) && strings.EqualFold(rest[:len(unc)], unc) {
		rest = `\\` + rest[len(unc):]
	}
	if !filepath.IsAbs(rest) {
		return path
	}
	return rest
}
