//go:build unix

package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// currentUser returns the uid: $USER lies, and is unset in cron jobs and containers.
func currentUser() (string, error) { return strconv.Itoa(os.Getuid()), nil }

// modesMatter says that the modes of a directory tell who may enter it.
const modesMatter = true

// ownedByOther reports whether a file belongs to another user.
func ownedByOther(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(st.Uid) != int64(os.Getuid())
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	// Some file systems cannot sync a directory and say so; nothing more can be done on them.
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// isLockless reports whether an error of taking a lock says that there are none: flock(2) on some network file
// systems, and on NFS whose lock server is away.
func isLockless(err error) bool {
	return errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOLCK)
}

// shellQuote returns a path as a word of a POSIX shell.
func shellQuote(path string) string {
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/._-+,:@%", r)
	}
	if !strings.ContainsFunc(path, special) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
