//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// listenPrivate makes a socket with mode 0600 from its first moment on. The mask is
// the process's: nothing else may make files meanwhile.
func listenPrivate(path string) (net.Listener, error) {
	defer unix.Umask(unix.Umask(0o177))
	return net.Listen("unix", path)
}

func isRefused(err error) bool { return errors.Is(err, unix.ECONNREFUSED) }

// checkOwner refuses a socket that another user has made: that user would read our files
// through the server. Root may read them anyway, so a socket of root's is taken.
func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("the owner of the socket %s is not known", path)
	}
	return refuseOther(path, int(stat.Uid))
}

// checkPeer refuses a connection with a process of another user, who may have replaced
// the socket after checkOwner has looked. Some systems do not tell the user of a client;
// there checkOwner has to be enough.
func checkPeer(path string, conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("look at the client on %s: %w", path, err)
	}
	uid, known := 0, false
	if controlErr := raw.Control(func(fd uintptr) { uid, known, err = peerUID(int(fd)) }); controlErr != nil {
		err = controlErr
	}
	if err != nil {
		return fmt.Errorf("find the user of the client on %s: %w", path, err)
	}
	if !known {
		return nil
	}
	return refuseOther(path, uid)
}

func refuseOther(path string, uid int) error {
	if own := os.Geteuid(); uid != own && uid != 0 {
		return fmt.Errorf("the socket %s belongs to user %d, not to you (user %d): refusing to serve another user with your rights\n"+
			"Choose a path in a directory of your own, such as $XDG_RUNTIME_DIR", path, uid, own)
	}
	return nil
}
