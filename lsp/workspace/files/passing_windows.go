package files

import "golang.org/x/sys/windows"

// systemPassing are the system's own errors that say nothing of a file, see IsPassing:
// somebody has it open and shares nothing, a limit is reached, or a disk or a network has
// trouble. Most are of the kind that editors, compilers and virus scanners cause for
// milliseconds.
var systemPassing = []error{
	windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_DELETE_PENDING,
	windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_NOT_ENOUGH_MEMORY, windows.ERROR_NO_SYSTEM_RESOURCES,
	windows.ERROR_NOT_READY, windows.ERROR_CRC, windows.ERROR_IO_DEVICE, windows.ERROR_SEM_TIMEOUT,
	windows.ERROR_BAD_NETPATH, windows.ERROR_NETNAME_DELETED, windows.ERROR_UNEXP_NET_ERR, windows.ERROR_DEV_NOT_EXIST,
	windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_HOST_UNREACHABLE,
}
