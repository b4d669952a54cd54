package watcher

// mount is a directory at which a file system begins.
type mount struct {
	path   string
	kind   string // of file system, as the system calls it
	remote bool   // it may change without an event: another machine, or a program, makes what is in it
}

// mounts tells what is mounted, as far as it matters to some roots. Of two at one path the later one hides the other.
// It asks the system and no file system: to ask one whose server is away, as statfs does, may never end.
type mounts interface {
	list(roots []string) []mount
	close()
}

// noMounts are those of a watcher that need not know of any.
type noMounts struct{}

func (noMounts) list([]string) []mount { return nil }
func (noMounts) close()                {}

// mountOf returns the mount on which a path lies, the zero one if it is unknown.
func mountOf(all []mount, path string) (m mount) {
	for _, each := range all {
		if within(each.path, path) && len(each.path) >= len(m.path) {
			m = each
		}
	}
	return m
}

// remoteError is why a directory of a remote file system is polled.
type remoteError struct{ kind string }

func (e remoteError) Error() string {
	return e.kind + " does not tell of changes that are made elsewhere"
}
