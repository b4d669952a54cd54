package answers

import (
	"os"
	"strings"
)

// folderPaths translates between the paths of a client and the canonical ones of the
// workspace, which differ where a folder is reached through a link.
type folderPaths []folderPath

type folderPath struct{ client, canonical string }

// toCanonical returns the workspace's path for a client's.
func (f folderPaths) toCanonical(path string) string {
	return f.respell(path, func(folder folderPath) (from, to string) { return folder.client, folder.canonical })
}

// toClient returns the client's path for the workspace's.
func (f folderPaths) toClient(path string) string {
	return f.respell(path, func(folder folderPath) (from, to string) { return folder.canonical, folder.client })
}

// respell returns a path with the other spelling of the deepest folder above it. A path
// below no folder stays as it is.
func (f folderPaths) respell(path string, spellings func(folderPath) (from, to string)) string {
	result, deepest := path, ""
	for _, folder := range f {
		from, to := spellings(folder)
		rest, ok := strings.CutPrefix(path, from)
		if ok && (rest == "" || os.IsPathSeparator(rest[0])) && len(from) > len(deepest) {
			result, deepest = to+rest, from
		}
	}
	return result
}
