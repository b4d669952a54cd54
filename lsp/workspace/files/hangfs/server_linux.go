package hangfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Requests of the protocol, see fuse(4) and linux/fuse.h.
const (
	opLookup      = 1
	opForget      = 2
	opGetattr     = 3
	opOpen        = 14
	opRead        = 15
	opStatfs      = 17
	opRelease     = 18
	opFlush       = 25
	opInit        = 26
	opOpendir     = 27
	opReaddir     = 28
	opReleasedir  = 29
	opInterrupt   = 36
	opBatchForget = 42
)

// minorVersion of the protocol's version 7 has all that is used here. Linux has spoken it
// since 5.4.
const minorVersion = 31

// maxRequest is more than a request may have, in bytes: the kernel asks for at least 8 KiB.
const maxRequest = 128 << 10

type requestHeader struct {
	Length, Opcode   uint32
	Unique, Node     uint64
	UID, GID, PID, _ uint32
}

type replyHeader struct {
	Length uint32
	Error  int32
	Unique uint64
}

type initReply struct {
	Major, Minor, MaxReadahead, Flags  uint32
	MaxBackground, CongestionThreshold uint16
	MaxWrite, TimeGranularity          uint32
	MaxPages, MapAlignment             uint16
	Flags2                             uint32
	_                                  [7]uint32
}

// attributes are of a node. Neither they nor a name are to be kept by the kernel, so that
// it asks each time.
type attributes struct {
	Inode, Size, Blocks, AccessTime, ModTime, ChangeTime uint64
	AccessNanos, ModNanos, ChangeNanos                   uint32
	Mode, Links, UID, GID, Device, BlockSize, Flags      uint32
}

type attributesReply struct {
	Valid      uint64
	ValidNanos uint32
	_          uint32
	Attributes attributes
}

type entryReply struct {
	Node, Generation, EntryValid, AttrValid uint64
	EntryNanos, AttrNanos                   uint32
	Attributes                              attributes
}

type openReply struct {
	Handle   uint64
	Flags, _ uint32
}

type readRequest struct {
	Handle, Offset uint64
	Size           uint32
}

type statfsReply struct {
	_            [5]uint64
	BlockSize    uint32
	NameLength   uint32
	FragmentSize uint32
	_            uint32
	_            [6]uint32
}

// server answers the kernel's requests about a tree.
type server struct {
	device *os.File

	mu      sync.Mutex
	nodes   []*node           // by number less one
	numbers map[string]uint64 // of nodes, by path
	hung    string            // path of the directory that hangs; empty: none
	waiting map[uint64]func() // requests that hang, by their number: what answers them
}

// node is a file or directory.
type node struct {
	path    string
	text    []byte // of a file
	dir     bool
	entries []uint64 // of a directory: numbers of nodes
	changed uint64   // how often it has changed: seconds of its times
}

// newServer returns a server of files, by their slash-separated paths.
func newServer(device *os.File, files map[string]string) *server {
	s := &server{device: device, waiting: make(map[uint64]func()), numbers: make(map[string]uint64)}
	s.add(".", true)
	s.write(files)
	return s
}

// add returns the number of a node, which it makes unless there is one. The caller holds mu.
func (s *server) add(p string, dir bool) uint64 {
	if number, ok := s.numbers[p]; ok {
		return number
	}
	s.nodes = append(s.nodes, &node{path: p, dir: dir})
	number := uint64(len(s.nodes))
	s.numbers[p] = number
	if p != "." {
		above := s.nodes[s.add(path.Dir(p), true)-1]
		above.entries = append(above.entries, number)
		above.changed++
	}
	return number
}

// write changes files, or adds them.
func (s *server) write(files map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, text := range files {
		n := s.nodes[s.add(path.Clean(p), false)-1]
		n.text = []byte(text)
		n.changed++
	}
}

// serve answers until the file system is no longer mounted.
func (s *server) serve() error {
	buf := make([]byte, maxRequest)
	for {
		n, err := s.device.Read(buf)
		switch {
		case errors.Is(err, unix.ENODEV), errors.Is(err, os.ErrClosed), errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EAGAIN): // the request was taken back
			continue
		case err != nil:
			return fmt.Errorf("read a request: %w", err)
		}
		var header requestHeader
		body := bytes.NewReader(bytes.Clone(buf[:n]))
		if err := binary.Read(body, binary.NativeEndian, &header); err != nil {
			return fmt.Errorf("decode a request: %w", err)
		}
		s.handle(header, body)
	}
}

// handle answers one request, or keeps it while its directory hangs.
func (s *server) handle(header requestHeader, body io.Reader) {
	switch header.Opcode {
	case opForget, opBatchForget: // to which there is no answer
		return
	case opInterrupt: // its sender has got a signal, which may end it
		var unique uint64
		if binary.Read(body, binary.NativeEndian, &unique) == nil {
			s.interrupt(unique)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hangs(header) {
		s.waiting[header.Unique] = func() { s.answer(header, body) }
		return
	}
	s.answer(header, body)
}

// hangs reports whether a request is about the directory that hangs, or about what is below
// it. The caller holds mu.
func (s *server) hangs(header requestHeader) bool {
	if s.hung == "" || header.Node == 0 || header.Opcode == opInit {
		return false
	}
	p := s.nodes[header.Node-1].path
	return p == s.hung || strings.HasPrefix(p, s.hung+"/")
}

// interrupt ends a request that hangs.
func (s *server) interrupt(unique uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[unique] != nil {
		delete(s.waiting, unique)
		s.reply(unique, unix.EINTR)
	}
}

// hang has one directory hang, and no other one any more. The empty name is of none.
func (s *server) hang(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hung = dir
	for _, answer := range s.waiting {
		answer()
	}
	clear(s.waiting)
}

// answer answers one request.
func (s *server) answer(header requestHeader, body io.Reader) {
	switch header.Opcode {
	case opInit:
		s.reply(header.Unique, 0, initReply{Major: 7, Minor: minorVersion, MaxWrite: 4096, TimeGranularity: 1})
		return
	case opStatfs:
		s.reply(header.Unique, 0, statfsReply{BlockSize: 4096, FragmentSize: 4096, NameLength: 255})
		return
	case opRelease, opReleasedir, opFlush:
		s.reply(header.Unique, 0)
		return
	}
	at := s.nodes[header.Node-1]
	switch header.Opcode {
	case opLookup:
		name, _ := io.ReadAll(body) // ignore error: it reads from memory
		p := path.Join(at.path, strings.TrimRight(string(name), "\x00"))
		i := slices.IndexFunc(at.entries, func(number uint64) bool { return s.nodes[number-1].path == p })
		if i < 0 {
			s.reply(header.Unique, unix.ENOENT)
			return
		}
		number := at.entries[i]
		s.reply(header.Unique, 0, entryReply{Node: number, Attributes: s.attributes(number)})
	case opGetattr:
		s.reply(header.Unique, 0, attributesReply{Attributes: s.attributes(header.Node)})
	case opOpen, opOpendir:
		s.reply(header.Unique, 0, openReply{Flags: 1}) // FOPEN_DIRECT_IO: nothing is kept
	case opRead, opReaddir:
		var r readRequest
		if err := binary.Read(body, binary.NativeEndian, &r); err != nil {
			s.reply(header.Unique, unix.EINVAL)
			return
		}
		all := at.text
		if at.dir {
			all = s.listing(at)
		}
		from := min(r.Offset, uint64(len(all)))
		s.reply(header.Unique, 0, all[from:min(from+uint64(r.Size), uint64(len(all)))])
	default:
		s.reply(header.Unique, unix.ENOSYS)
	}
}

func (s *server) attributes(number uint64) attributes {
	n := s.nodes[number-1]
	a := attributes{Inode: number, Size: uint64(len(n.text)), ModTime: 1e9 + n.changed, ChangeTime: 1e9 + n.changed, Mode: unix.S_IFREG | 0o644, Links: 1, BlockSize: 4096}
	if n.dir {
		a.Mode = unix.S_IFDIR | 0o755
	}
	return a
}

// listing is a directory as readdir has it. The offset of an entry is where the next one
// begins.
func (s *server) listing(dir *node) []byte {
	var all bytes.Buffer
	for _, number := range dir.entries {
		n := s.nodes[number-1]
		name, kind := path.Base(n.path), uint32(unix.DT_REG)
		if n.dir {
			kind = unix.DT_DIR
		}
		length := (24 + len(name) + 7) &^ 7
		entry := make([]byte, 24, length)
		binary.NativeEndian.PutUint64(entry[0:], number)
		binary.NativeEndian.PutUint64(entry[8:], uint64(all.Len()+length))
		binary.NativeEndian.PutUint32(entry[16:], uint32(len(name)))
		binary.NativeEndian.PutUint32(entry[20:], kind)
		all.Write(append(entry, name...)[:length])
	}
	return all.Bytes()
}

// reply sends an answer.
func (s *server) reply(unique uint64, code unix.Errno, parts ...any) {
	var body bytes.Buffer
	for _, part := range parts {
		if err := binary.Write(&body, binary.NativeEndian, part); err != nil {
			panic(err) // never: all parts have a fixed size
		}
	}
	var all bytes.Buffer
	header := replyHeader{Length: uint32(16 + body.Len()), Error: -int32(code), Unique: unique}
	if err := binary.Write(&all, binary.NativeEndian, header); err != nil {
		panic(err) // never: it has a fixed size
	}
	all.Write(body.Bytes())
	_, _ = s.device.Write(all.Bytes()) // ignore error: nobody waits for the answer any more
}
