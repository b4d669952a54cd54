//go:build unix

package main

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// listenPrivate makes a socket with mode 0600 from its first moment on. The mask is
// the process's: nothing else may make files meanwhile.
func listenPrivate(path string) (net.Listener, error) {
	defer unix.Umask(unix.Umask(0o177))
	return net.Listen("unix", path)
}

func isRefused(err error) bool { return errors.Is(err, unix.ECONNREFUSED) }
