//go:build unix

package main

import (
	"io/fs"
	"os"
	"regexp"
	"syscall"

	"golang.org/x/sys/unix"
)

// systemVersion names the operating system and its version, for people; empty if it is not known.
func systemVersion() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	text := unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return text
	}
	if m := regexp.MustCompile(`(?m)^PRETTY_NAME="?([^"\n]{1,80})`).FindSubmatch(release); m != nil {
		text += ", " + string(m[1])
	}
	return text
}

// showsColors reports whether a terminal understands colours. Here all do, but for those that $TERM calls dumb.
func showsColors(any) bool { return true }

// isOwn reports whether a file is the user's.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
