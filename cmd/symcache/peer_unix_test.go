//go:build unix

package main

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
)

// otherUser is a user that runs no tests.
const otherUser = 65534

// A socket of another user is not served on: that user would read our files.
func TestPipeOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make the socket of another user")
	}
	path := socketPath(t)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.Chown(path, otherUser, otherUser); err != nil {
		t.Fatal(err)
	}
	r := runCommand(t, command(t, t.TempDir(), "serve", "--pipe", path))
	if r.code != exitFailed || !strings.Contains(r.stderr, path) || !strings.Contains(r.stderr, "user 65534, not to you") {
		t.Errorf("%+v", r)
	}
}

// The kernel tells who is at the other end, whatever the directory says.
func TestPeerOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := checkPeer(path, conn.(*net.UnixConn)); err != nil {
		t.Errorf("our own: %v", err)
	}
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var uid int
	var known bool
	if controlErr := raw.Control(func(fd uintptr) { uid, known, err = peerUID(int(fd)) }); controlErr != nil || err != nil {
		t.Fatal(controlErr, err)
	}
	if tells := runtime.GOOS == "linux" || runtime.GOOS == "darwin"; known != tells || known && uid != os.Geteuid() {
		t.Errorf("uid %d, known %v", uid, known)
	}
	if err := refuseOther(path, os.Geteuid()+1); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("another user's: %v", err)
	}
	if err := refuseOther(path, 0); err != nil {
		t.Errorf("root's: %v", err)
	}
}
