//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"net"
	"syscall"
)

// listenPrivate makes a socket with the rights of its directory.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }

// refused is WSAECONNREFUSED.
const refused = syscall.Errno(10061)

func isRefused(err error) bool { return errors.Is(err, refused) }

// checkOwner and checkPeer know no owner here: Windows does not tell the user at the other
// end of a Unix socket, nor who made one. Everybody who may make a socket in the directory
// is trusted, so the directory has to be the user's own.
func checkOwner(string, fs.FileInfo) error { return nil }

func checkPeer(string, *net.UnixConn) error { return nil }
