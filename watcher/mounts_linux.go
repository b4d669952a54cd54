package watcher

import (
	"strings"

	"golang.org/x/sys/unix"
)

// maxMountInfo bounds the table of mounts, in bytes: a line has some 150, and the kernel allows 100,000 mounts.
const maxMountInfo = 32 << 20

// remoteKinds are the types of file systems, see filesystems(5), of which inotify tells what this machine changes, and
// nothing else: those of networks, of hypervisors, and of Docker Desktop. All of FUSE belongs to them, see isRemote.
var remoteKinds = map[string]bool{
	"9p": true, "virtiofs": true, "vboxsf": true, "vmhgfs": true, "prl_fs": true, "fakeowner": true,
	"nfs": true, "nfs4": true, "cifs": true, "smb3": true, "smbfs": true, "ncpfs": true, "afs": true, "coda": true,
	"ceph": true, "lustre": true, "gpfs": true, "beegfs": true, "pvfs2": true, "ocfs2": true, "gfs2": true,
	"fuse": true,
}

// isRemote tells remote file systems by their type. What FUSE serves may be anything, as sshfs; but "fuseblk" has a disk
// of this machine, as for NTFS.
func isRemote(kind string) bool { return remoteKinds[kind] || strings.HasPrefix(kind, "fuse.") }

// mountInfo reads /proc/self/mountinfo, see proc(5), when the kernel says that it has changed.
type mountInfo struct {
	fd    int // -1: not open. An os.File would have the runtime take the kernel's word
	known []mount
}

func openMounts() mounts { return &mountInfo{fd: -1} }

func (m *mountInfo) close() {
	if m.fd >= 0 {
		_ = unix.Close(m.fd) // ignore error: it was only read
	}
}

// list reads the table if it may have changed. Without one nothing is known to be remote.
func (m *mountInfo) list([]string) []mount {
	if m.fd < 0 {
		fd, err := unix.Open("/proc/self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil
		}
		m.fd = fd
	} else if !m.changed() {
		return m.known
	}
	if text, err := m.read(); err == nil {
		m.known = parseMountInfo(text)
	}
	return m.known
}

// changed reports whether something was mounted or unmounted since the last call, or since the table was opened.
func (m *mountInfo) changed() bool {
	fds := []unix.PollFd{{Fd: int32(m.fd), Events: unix.POLLPRI}}
	n, err := unix.Poll(fds, 0)
	return n != 0 || err != nil
}

func (m *mountInfo) read() (string, error) {
	var text strings.Builder
	buf := make([]byte, 64<<10)
	for text.Len() < maxMountInfo {
		n, err := unix.Pread(m.fd, buf, int64(text.Len()))
		if err != nil || n <= 0 {
			return text.String(), err
		}
		text.Write(buf[:n])
	}
	return text.String(), nil
}

// parseMountInfo reads lines such as
//
//	36 35 98:0 /above /mnt/with\040space rw,noatime shared:1 - nfs4 server:/export rw
//
// of which the fifth word is the directory, and the one behind the dash the type. It leaves out others.
func parseMountInfo(text string) []mount {
	var all []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		words, kinds := strings.Fields(before), strings.Fields(after)
		if !ok || len(words) < 5 || len(kinds) == 0 {
			continue
		}
		if path := unescape(words[4]); strings.HasPrefix(path, "/") {
			all = append(all, mount{path: path, kind: kinds[0], remote: isRemote(kinds[0])})
		}
	}
	return all
}

// unescape replaces a backslash and three octal digits by the byte that they stand for.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	isOctal := func(c byte) bool { return '0' <= c && c <= '7' }
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+3 < len(text) && isOctal(text[i+1]) && isOctal(text[i+2]) && isOctal(text[i+3]) {
			b.WriteByte((text[i+1]-'0')<<6 | (text[i+2]-'0')<<3 | (text[i+3] - '0'))
			i += 3
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
