package workspace

import (
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/watcher/sharing"
)

// statOpen returns what tells one version of an open file from the next.
func statOpen(f *os.File, info fs.FileInfo) index.Stat {
	s, _, err := statHandle(windows.Handle(f.Fd()))
	if err != nil { // so it is for statPath, and the file is read again each time
		return index.Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	}
	return s
}

// statPath is statOpen for a path, not following a link. It reports whether a regular
// file is there.
//
// It opens the file, for its attributes alone. os.Lstat would be faster, but tells neither
// the time of change nor which file it is. Without these nobody notices a file that was
// written or moved here with the size and the time of the one before.
func statPath(path string) (s index.Stat, regular bool, err error) {
	entry, err := sharing.OpenEntry(path)
	if err != nil {
		return index.Stat{}, false, err
	}
	defer func() { _ = windows.CloseHandle(entry) }() // ignore error: nothing was written
	s, regular, err = statHandle(entry)
	if err != nil {
		return index.Stat{}, false, &fs.PathError{Op: "stat", Path: path, Err: err}
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

// statHandle tells of an open file. A file with a reparse point counts as regular here
// only if it is no link and no mount point: cloud drives and deduplication use them, too.
func statHandle(handle windows.Handle) (s index.Stat, regular bool, err error) {
	var file windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(handle, &file); err != nil {
		return index.Stat{}, false, err
	}
	var basic basicInfo
	if err := windows.GetFileInformationByHandleEx(handle, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&basic)), uint32(unsafe.Sizeof(basic))); err != nil {
		return index.Stat{}, false, err
	}
	s = index.Stat{
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
