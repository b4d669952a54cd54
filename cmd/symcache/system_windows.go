package main

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// systemVersion names the operating system and its version, for people.
func systemVersion() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("Windows %d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}
