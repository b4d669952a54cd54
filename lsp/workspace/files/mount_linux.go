package files

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// kernelTypes are the types of file systems whose files the kernel makes up, see
// statfs(2). They have no sources. Reading some of their files does something, and some
// have no end. "overlay" and "btrfs" are not among them, though the device number changes
// there, too, nor is tmpfs, where people build.
var kernelTypes = map[uint32]bool{
	unix.PROC_SUPER_MAGIC: true, unix.SYSFS_MAGIC: true, unix.CGROUP_SUPER_MAGIC: true, unix.CGROUP2_SUPER_MAGIC: true,
	unix.DEVPTS_SUPER_MAGIC: true, unix.DEBUGFS_MAGIC: true, unix.TRACEFS_MAGIC: true, unix.SECURITYFS_MAGIC: true,
	unix.BPF_FS_MAGIC: true, unix.PSTOREFS_MAGIC: true, unix.EFIVARFS_MAGIC: true, unix.SELINUX_MAGIC: true,
	unix.SMACK_MAGIC: true, unix.BINFMTFS_MAGIC: true, unix.NSFS_MAGIC: true, unix.AUTOFS_SUPER_MAGIC: true,
	unix.RDTGROUP_SUPER_MAGIC: true, unix.BINDERFS_SUPER_MAGIC: true,
	0x62656570: true, // configfs
	0x65735543: true, // fusectl
	0x19800202: true, // mqueue
	0x6e667364: true, // nfsd
	0x67596969: true, // rpc_pipefs
}

// deviceOf returns the device number of a directory of which Lstat or Fstat has told. It
// changes where another file system begins. 0: unknown.
func deviceOf(info fs.FileInfo) uint64 {
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(sys.Dev) //nolint:unconvert // of another type on some processors
	}
	return 0
}

// deviceOfOpen is deviceOf for an open directory.
func deviceOfOpen(dir *os.File) uint64 {
	var stat unix.Stat_t
	if unix.Fstat(int(dir.Fd()), &stat) != nil {
		return 0
	}
	return uint64(stat.Dev) //nolint:unconvert // of another type on some processors
}

// isKernels reports whether a directory is one of a file system that the kernel makes up.
// devtmpfs has the type of a tmpfs, and is known by where it lies.
func isKernels(path string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil {
		return false
	}
	return kernelTypes[uint32(fs.Type)] || isDev(path, fs.Type)
}

// isDev knows devtmpfs, and what containers mount in its place. Both have the type of a
// tmpfs.
func isDev(path string, kind int64) bool {
	return path == "/dev" && uint32(kind) == unix.TMPFS_MAGIC
}
