package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// openPipe connects to the socket at path, as LSP has it: the editor listens, and
// starts the server. If nobody listens, openPipe makes the socket, with mode 0600, waits for
// one client, and removes the socket.
//
// It refuses a socket, and a client, of another user.
func openPipe(ctx context.Context, path string) (net.Conn, error) {
	info, statErr := os.Lstat(path)
	if statErr == nil && info.Mode()&fs.ModeSocket != 0 {
		if err := checkOwner(path, info); err != nil {
			return nil, err
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		return own(path, conn)
	}
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
	case statErr == nil && info.Mode()&fs.ModeSocket != 0 && isRefused(err):
		// Left behind by a program that was killed.
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove a socket that nobody listens on: %w", err)
		}
	default:
		return nil, fmt.Errorf("connect to the client: %w", err)
	}
	listener, err := listenPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("listen for a client: %w", err)
	}
	defer listener.Close() // removes the socket
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	conn, err = listener.Accept()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("wait for a client: %w", err)
	}
	return own(path, conn)
}

// own returns a connection with a client of the same user, and closes any other.
func own(path string, conn net.Conn) (net.Conn, error) {
	if unix, ok := conn.(*net.UnixConn); ok {
		if err := checkPeer(path, unix); err != nil {
			_ = conn.Close() // ignore error: it is not used
			return nil, err
		}
	}
	return conn, nil
}
