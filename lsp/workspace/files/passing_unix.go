//go:build !windows

package files

import "syscall"

// systemPassing are the system's own errors that say nothing of a file, see IsPassing: a
// limit is reached, or a disk or a network has trouble.
var systemPassing = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO, syscall.EINTR, syscall.EAGAIN,
	syscall.ESTALE, syscall.ENOTCONN, syscall.ETIMEDOUT, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENETUNREACH,
}
