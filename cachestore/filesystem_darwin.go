package cachestore

import "golang.org/x/sys/unix"

// fileSystemOf asks the system where a directory is.
func fileSystemOf(dir string) (fileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fileSystem{}, err
	}
	return fileSystem{
		name:    unix.ByteSliceToString(st.Fstypename[:]),
		network: st.Flags&unix.MNT_LOCAL == 0,
		free:    int64(st.Bavail) * int64(st.Bsize),
	}, nil
}
