package watcher

import (
	"slices"

	"golang.org/x/sys/unix"
)

// remoteKinds are the types of file systems that macOS calls local though their files are made elsewhere: by FUSE, or
// by the machine around a virtual one.
var remoteKinds = []string{"macfuse", "osxfuse", "osxfusefs", "fusefs", "fuse-t", "virtio-fs", "virtiofs", "AppleVirtIOFS", "prl_fs", "vmhgfs", "9p"}

// madeUp are those without sources that it does not call local.
var madeUp = []string{"autofs", "devfs"}

// mountStats asks the kernel for what it knows of all mounts.
type mountStats struct{}

func openMounts() mounts { return mountStats{} }

func (mountStats) close() {}

func (mountStats) list([]string) []mount {
	n, err := unix.Getfsstat(nil, unix.MNT_NOWAIT)
	if err != nil {
		return nil
	}
	stats := make([]unix.Statfs_t, n+16) // something may be mounted meanwhile
	if n, err = unix.Getfsstat(stats, unix.MNT_NOWAIT); err != nil {
		return nil
	}
	var all []mount
	for i := range stats[:min(n, len(stats))] {
		s := &stats[i]
		kind := unix.ByteSliceToString(s.Fstypename[:])
		remote := slices.Contains(remoteKinds, kind) || s.Flags&unix.MNT_LOCAL == 0 && !slices.Contains(madeUp, kind)
		all = append(all, mount{path: unix.ByteSliceToString(s.Mntonname[:]), kind: kind, remote: remote})
	}
	return all
}
