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
// starts the server. Where nobody does, it listens itself, for the first client to come,
// on a socket that only its owner may use and that is gone when that client is there.
func openPipe(ctx context.Context, path string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		return conn, nil
	}
	info, statErr := os.Lstat(path)
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
	return conn, nil
}
