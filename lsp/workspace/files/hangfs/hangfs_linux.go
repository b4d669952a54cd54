// Package hangfs is for tests: a file system of Linux that hangs, as a network disk does
// whose server is away. It speaks the protocol of FUSE with the kernel.
//
// The program under test and the server must be two processes. One that waits for itself in
// the kernel could not be killed. So Apart runs a test again in a process of its own, in
// which it mounts the file system, where no other process sees it.
package hangfs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// apartEnv tells the test binary that it is the process apart.
const apartEnv = "HANGFS_TEST_APART"

// Control is how a test has the file system hang.
type Control struct {
	conn   *net.UnixConn
	answer *bufio.Reader
}

// Apart runs a test in another process, which may mount. The test is named by t, and must
// call Apart first of all. It fails where there is no FUSE.
func Apart(t *testing.T, test func(t *testing.T, control *Control)) {
	t.Helper()
	if os.Getenv(apartEnv) != "" {
		conn, err := connection(3)
		if err != nil {
			t.Fatal(err)
		}
		test(t, &Control{conn: conn, answer: bufio.NewReader(conn)})
		runtime.KeepAlive(conn) // the file system ends with it
		return
	}
	t.Parallel()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "socket")
	conn, err := connection(pair[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v")
	cmd.Env = append(os.Environ(), apartEnv+"=1")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("this test mounts a file system in a process of its own, which needs root or user namespaces: %v", err)
	}
	_ = theirs.Close() // ignore error: the child has it
	served := make(chan error, 1)
	go func() { served <- serve(conn) }()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	_ = conn.Close() // ignore error: nobody is at its other end
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func connection(fd int) (*net.UnixConn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close() // FileConn duplicates it
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// message is what a test tells the server.
type message struct {
	Files map[string]string `json:",omitempty"` // with the device: what to serve
	Write map[string]string `json:",omitempty"` // see Control.Write
	Hang  string            // see Control.Hang
}

// serve does what the process apart asks for, until that has ended.
func serve(conn *net.UnixConn) error {
	var s *server
	lines := bufio.NewReader(deviceReader{conn, func(device *os.File) { s = newServer(device, nil) }})
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			if s != nil {
				s.hang("")
				_ = s.device.Close() // ignore error: nothing is mounted any more
			}
			return nil
		}
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		switch {
		case s == nil:
			return errors.New("no device came with the first message")
		case m.Files != nil:
			s = newServer(s.device, m.Files)
			go func() { _ = s.serve() }() // ignore error: the test notices
		case m.Write != nil:
			s.write(m.Write)
		default:
			s.hang(m.Hang)
		}
		if _, err := conn.Write([]byte("\n")); err != nil {
			return nil // the process has ended
		}
	}
}

// deviceReader reads from a socket and takes the descriptor that comes with a message.
type deviceReader struct {
	conn *net.UnixConn
	take func(device *os.File)
}

func (r deviceReader) Read(p []byte) (int, error) {
	room := make([]byte, unix.CmsgSpace(4))
	n, rights, _, _, err := r.conn.ReadMsgUnix(p, room)
	if err != nil {
		return 0, err // n may be -1
	}
	messages, err := unix.ParseSocketControlMessage(room[:rights])
	if err != nil {
		return n, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return n, err
		}
		r.take(os.NewFile(uintptr(fds[0]), "/dev/fuse"))
	}
	if n == 0 {
		return 0, net.ErrClosed
	}
	return n, nil
}

// Mount mounts files, by their slash-separated paths, at a directory until the test ends.
func (c *Control) Mount(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	device, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("this test needs FUSE (modprobe fuse, or --device /dev/fuse for a container): %v", err)
	}
	defer device.Close() // the server has it alone, so that its end is the file system's
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", device.Fd())
	if err := unix.Mount("hangfs", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		t.Fatalf("this test mounts a file system, which needs root or user namespaces: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	c.tell(t, message{Files: files}, unix.UnixRights(int(device.Fd())))
}

// Write changes files, or adds them, by their slash-separated paths, as another machine does: the kernel hears nothing
// of it.
func (c *Control) Write(t *testing.T, files map[string]string) {
	t.Helper()
	c.tell(t, message{Write: files}, nil)
}

// Hang has each request about a directory of the file system, and about what is below it,
// wait until Hang is called with another directory, or with none. The kernel still answers
// what it knows, which is only that the directory is there.
func (c *Control) Hang(t *testing.T, dir string) {
	t.Helper()
	c.tell(t, message{Hang: dir}, nil)
}

func (c *Control) tell(t *testing.T, m message, rights []byte) {
	t.Helper()
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.conn.WriteMsgUnix(append(line, '\n'), rights, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.answer.ReadByte(); err != nil {
		t.Fatalf("the server of the file system has ended: %v", err)
	}
}
