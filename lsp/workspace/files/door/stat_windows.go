package door

import (
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/symcache/symcache/watcher/sharing"
)

// StatOpen returns the Stat of an open file, of which Fstat has told info.
func StatOpen(f *os.File, info fs.FileInfo) Stat {
	s, _, err := statHandle(windows.Handle(f.Fd()))
	if err != nil { // StatPath fails too, and the file is read again each time
		return Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	}
	return s
}

// StatPath returns the Stat of what is at a path, and reports whether it is a regular
// file. It follows no link.
//
// It opens the file for its attributes alone. os.Lstat is faster, but has neither the time
// of change nor the identity of the file. Without these, a file that was written or moved
// here with the size and the time of the one before would go unnoticed.
func StatPath(path string) (s Stat, regular bool, err error) {
	entry, err := sharing.OpenEntry(path)
	if err != nil {
		return Stat{}, false, err
	}
	defer func() { _ = windows.CloseHandle(entry) }() // ignore error: nothing was written
	s, regular, err = statHandle(entry)
	if err != nil {
		return Stat{}, false, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return s, regular, nil
}

// basicInfo is FILE_BASIC_INFO: times in units of 100 ns since 1601, 0 where the file
// system has none.
type basicInfo struct {
	CreationTime, LastAccessTime, LastWriteTime, ChangeTime windows.Filetime
	FileAttributes                                          uint32
	_                                                       uint32
}

// statHandle returns the Stat of an open file. A file with a reparse point counts as
// regular if it is neither a link nor a mount point: cloud drives and deduplication use
// reparse points, too.
func statHandle(handle windows.Handle) (s Stat, regular bool, err error) {
	var file windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(handle, &file); err != nil {
		return Stat{}, false, err
	}
	var basic basicInfo
	if err := windows.GetFileInformationByHandleEx(handle, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&basic)), uint32(unsafe.Sizeof(basic))); err != nil {
		return Stat{}, false, err
	}
	s = Stat{
		Size:    int64(file.FileSizeHigh)<<32 | int64(file.FileSizeLow),
		ModTime: basic.LastWriteTime.Nanoseconds(),
		Inode:   uint64(file.FileIndexHigh)<<32 | uint64(file.FileIndexLow),
		Device:  uint64(file.VolumeSerialNumber),
	}
	if basic.ChangeTime != (windows.Filetime{}) {
		s.ChangeTime = basic.ChangeTime.Nanoseconds()
	}
	return s, file.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY == 0 && !isSurrogate(handle, file.FileAttributes), nil
}

// isSurrogate reports whether an open file stands for another one, as links and mount
// points do. See "Reparse Point Tags" of Windows for the bit.
func isSurrogate(handle windows.Handle, attributes uint32) bool {
	if attributes&windows.FILE_ATTRIBUTE_REPARSE_POINT == 0 {
		return false
	}
	var tag struct{ FileAttributes, ReparseTag uint32 } // FILE_ATTRIBUTE_TAG_INFO
	err := windows.GetFileInformationByHandleEx(handle, windows.FileAttributeTagInfo, (*byte)(unsafe.Pointer(&tag)), uint32(unsafe.Sizeof(tag)))
	return err != nil || tag.ReparseTag&0x20000000 != 0
}
