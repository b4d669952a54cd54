package watcher

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/windows"
)

// changesBuffer is what the system keeps of a root's changes until they are read, in bytes. It refuses more for what
// lies on another machine. A change takes 12 bytes and its path.
const changesBuffer = 64 << 10

// changeKinds are the changes that are asked for. That a file was read, and by whom it may be, is not among them.
const changeKinds = windows.FILE_NOTIFY_CHANGE_FILE_NAME | windows.FILE_NOTIFY_CHANGE_DIR_NAME |
	windows.FILE_NOTIFY_CHANGE_SIZE | windows.FILE_NOTIFY_CHANGE_LAST_WRITE

// openBackend watches a root by one open directory. fsnotify opens each directory, which keeps everybody from renaming
// those above it (dotnet/runtime#103383, paulmillr/chokidar#1031); so the directories above a root alone are kept.
func openBackend() (backend, error) { return newRecursive(openDirectory), nil }

// directory is a directory whose changes, and those of all below it, are read.
type directory struct {
	path   string
	to     *recursive
	handle windows.Handle
	stop   windows.Handle // an event, set to end it
	ended  chan struct{}
	close  func()

	// The system writes into these while a request is under way.
	overlapped windows.Overlapped
	buffer     [changesBuffer]byte
}

func openDirectory(path string, to *recursive) (_ treeWatch, err error) {
	d := &directory{path: path, to: to, ended: make(chan struct{})}
	defer func() {
		if err != nil {
			d.release()
		}
	}()
	if d.handle, err = openForChanges(path, windows.FILE_FLAG_OVERLAPPED); err != nil {
		return nil, err
	}
	if d.stop, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	if d.overlapped.HEvent, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	if err = d.request(); err != nil { // from here on no change is missed
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	d.close = sync.OnceFunc(func() {
		_ = windows.SetEvent(d.stop) // ignore error: it is open
		<-d.ended
		d.release()
	})
	go d.read()
	return d, nil
}

// openForChanges opens a directory, and lets others rename and delete it.
func openForChanges(path string, flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, fmt.Errorf("watch %s: %w", path, err)
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	handle, err := windows.CreateFile(name, windows.FILE_LIST_DIRECTORY, share, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|flags, 0)
	if err != nil {
		return 0, fmt.Errorf("watch %s: %w", path, err)
	}
	return handle, nil
}

// Close ends the watch.
func (d *directory) Close() error {
	d.close()
	return nil
}

func (d *directory) release() {
	for _, handle := range []windows.Handle{d.handle, d.stop, d.overlapped.HEvent} {
		if handle != 0 {
			_ = windows.CloseHandle(handle) // ignore error: nothing was written
		}
	}
}

// Replaced tells whether another directory is at the path now.
func (d *directory) Replaced() bool {
	handle, err := openForChanges(d.path, 0)
	if err != nil {
		return false // the next look at the root tells
	}
	defer func() { _ = windows.CloseHandle(handle) }() // ignore error: nothing was written
	var known, now windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(d.handle, &known) != nil || windows.GetFileInformationByHandle(handle, &now) != nil {
		return false
	}
	return known.VolumeSerialNumber != now.VolumeSerialNumber || known.FileIndexHigh != now.FileIndexHigh || known.FileIndexLow != now.FileIndexLow
}

// request asks for the next changes. Meanwhile the system keeps those that come.
func (d *directory) request() error {
	err := windows.ReadDirectoryChanges(d.handle, &d.buffer[0], changesBuffer, true, changeKinds, nil, &d.overlapped, 0)
	if errors.Is(err, windows.ERROR_IO_PENDING) {
		return nil
	}
	return err
}

// read hands changes on, until it is stopped or the directory is gone.
func (d *directory) read() {
	defer close(d.ended)
	for {
		woken, err := windows.WaitForMultipleObjects([]windows.Handle{d.stop, d.overlapped.HEvent}, false, windows.INFINITE)
		if err != nil || woken == windows.WAIT_OBJECT_0 {
			d.cancel()
			return
		}
		var n uint32
		err = windows.GetOverlappedResult(d.handle, &d.overlapped, &n, false)
		switch {
		case errors.Is(err, windows.ERROR_NOTIFY_ENUM_DIR), errors.Is(err, windows.ERROR_OPERATION_ABORTED), err == nil && n == 0:
			d.to.fail(fsnotify.ErrEventOverflow) // more than the buffer has room for
		case err != nil: // the directory was removed
			d.to.gone(d.path, d)
			return
		default:
			d.hand(d.buffer[:min(n, changesBuffer)])
		}
		if err := d.request(); err != nil {
			d.to.gone(d.path, d)
			return
		}
	}
}

// cancel takes the request back, after which the system writes no more.
func (d *directory) cancel() {
	_ = windows.CancelIoEx(d.handle, &d.overlapped) // ignore error: it has just come to its end
	var n uint32
	_ = windows.GetOverlappedResult(d.handle, &d.overlapped, &n, true) // ignore error: it says that it was canceled
}

// hand hands on the changes in a buffer, a chain of FILE_NOTIFY_INFORMATION.
func (d *directory) hand(buffer []byte) {
	const header = unsafe.Offsetof(windows.FileNotifyInformation{}.FileName)
	for len(buffer) >= int(header) {
		info := (*windows.FileNotifyInformation)(unsafe.Pointer(&buffer[0]))
		if int(info.FileNameLength) > len(buffer)-int(header) {
			break
		}
		name := windows.UTF16ToString(unsafe.Slice(&info.FileName, info.FileNameLength/2))
		d.to.send(filepath.Join(d.path, name), opOf(info.Action))
		if info.NextEntryOffset == 0 || int(info.NextEntryOffset) >= len(buffer) {
			return
		}
		buffer = buffer[info.NextEntryOffset:]
	}
	d.to.fail(fsnotify.ErrEventOverflow) // it is not to be understood
}

// opOf is what an action means to fsnotify's other systems.
func opOf(action uint32) fsnotify.Op {
	switch action {
	case windows.FILE_ACTION_ADDED, windows.FILE_ACTION_RENAMED_NEW_NAME:
		return fsnotify.Create
	case windows.FILE_ACTION_REMOVED:
		return fsnotify.Remove
	case windows.FILE_ACTION_RENAMED_OLD_NAME:
		return fsnotify.Rename
	}
	return fsnotify.Write
}
