package cachestore

import "golang.org/x/sys/unix"

// fileSystemOf asks the system where a directory is.
func fileSystemOf(dir string) (fileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fileSystem{}, err
	}
	on := fileSystem{name: "of unknown type", free: int64(st.Bavail * uint64(st.Bsize))}
	// The magic numbers of statfs(2). All have 32 bits; the field is signed on some machines.
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC:
		on.name = "ext4"
	case unix.XFS_SUPER_MAGIC:
		on.name = "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		on.name = "btrfs"
	case 0x2fc12fc1:
		on.name = "zfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		on.name = "overlay"
	case unix.MSDOS_SUPER_MAGIC:
		on.name = "vfat"
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		on.name, on.memory = "tmpfs", true
	case unix.NFS_SUPER_MAGIC:
		on.name, on.network = "nfs", true
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		on.name, on.network = "smb", true
	case unix.V9FS_MAGIC:
		on.name, on.network = "9p", true
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		on.name, on.network = "afs", true
	case unix.CEPH_SUPER_MAGIC:
		on.name, on.network = "ceph", true
	case unix.CODA_SUPER_MAGIC:
		on.name, on.network = "coda", true
	case 0x0bd00bd0:
		on.name, on.network = "lustre", true
	case unix.FUSE_SUPER_MAGIC:
		on.name = "fuse" // sshfs, or anything
	}
	return on, nil
}
