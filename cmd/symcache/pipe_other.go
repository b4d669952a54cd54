//go:build !unix

package main

import (
	"errors"
	"net"
	"syscall"
)

// listenPrivate makes a socket with the rights of its directory.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }

// refused is WSAECONNREFUSED.
const refused = syscall.Errno(10061)

func isRefused(err error) bool { return errors.Is(err, refused) }
