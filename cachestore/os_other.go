//go:build !unix

package cachestore

import (
	"io/fs"
	"os/user"
)

// currentUser returns the SID on Windows.
func currentUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

// modesMatter is false: Go makes modes up on Windows.
const modesMatter = false

// ownedByOther is always false: on Windows the access control list of the parent directory decides, and files
// made by an administrator belong to a group.
func ownedByOther(fs.FileInfo) bool { return false }

// syncDir does nothing: Windows cannot open a directory for this, and its file systems journal names.
func syncDir(string) error { return nil }

// isLockless is always false: Windows has locks everywhere.
func isLockless(error) bool { return false }

// shellQuote returns a path as a word of a Windows shell. No path there has a quote in it.
func shellQuote(path string) string { return `"` + path + `"` }
