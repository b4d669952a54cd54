package files

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// kernelTypes are the types of file systems whose files the kernel makes up, see
// statfs(2). They have no sources, reading some of their files does something, and some
// have no end. "overlay" and "btrfs", where a device number changes too, are not among
// them, nor is tmpfs, where people build.
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

// Device returns the device number of an open directory, which changes where another
// file system begins. 0: unknown.
func Device(dir *os.File) uint64 {
	var stat unix.Stat_t
	if unix.Fstat(int(dir.Fd()), &stat) != nil {
		return 0
	}
	return uint64(stat.Dev) //nolint:unconvert // of another type on some processors
}

// IsKernels reports whether an open directory is one of a file system that the kernel
// makes up. devtmpfs has tmpfs's type, and is known by where it lies.
func IsKernels(dir *os.File) bool {
	var fs unix.Statfs_t
	if unix.Fstatfs(int(dir.Fd()), &fs) != nil {
		return false
	}
	return kernelTypes[uint32(fs.Type)] || isDev(dir.Name(), fs.Type)
}

// KernelsBegin reports whether a file system that the kernel makes up begins at a
// directory. Only where the device number changes is the type asked for, which takes a
// round trip on a network disk.
func KernelsBegin(dir string) bool {
	var above, here unix.Stat_t
	if unix.Lstat(filepath.Dir(dir), &above) != nil || unix.Lstat(dir, &here) != nil || above.Dev == here.Dev {
		return false
	}
	var fs unix.Statfs_t
	if here.Mode&unix.S_IFMT != unix.S_IFDIR || unix.Statfs(dir, &fs) != nil {
		return false
	}
	return kernelTypes[uint32(fs.Type)] || isDev(dir, fs.Type)
}

// isDev tells devtmpfs, and what containers mount in its place, which both have the type
// of a tmpfs.
func isDev(path string, kind int64) bool {
	return path == "/dev" && uint32(kind) == unix.TMPFS_MAGIC
}
