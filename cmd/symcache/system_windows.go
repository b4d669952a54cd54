package main

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// systemVersion names the operating system and its version, for people.
func systemVersion() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("Windows %d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}

// showsColors reports whether a terminal understands colours. The older console does after it was told to.
func showsColors(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	var mode uint32
	console := windows.Handle(f.Fd())
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// isOwn reports whether a file is the user's. It is not asked here: Windows keeps the directories of users apart.
func isOwn(fs.FileInfo) bool { return true }
