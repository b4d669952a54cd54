// Package watcher tells which paths below some roots may have changed. It is
// fsnotify made recursive, ignore-aware and overflow-proof.
//
//	w, err := watcher.New([]string{root}, watcher.Options{Skip: isIgnoredDir, Ignore: isIgnoredFile})
//	for batch := range w.Events() {
//		for _, path := range batch.Dirty { ... }  // look at path, and at all below it if it is or was a directory
//		for _, root := range batch.Rescan { ... } // look at everything below root
//	}
//
// A report is a hint and says nothing of what has happened: whoever gets it
// looks at the disk. It comes after the change that it is about, so what is read
// then is at least as new.
//
// # Guaranteed
//
//   - Nothing is lost. Once a root has been reported for the first time, every
//     change of what lies below it is covered by a report that comes later: of the
//     path itself, of a directory above it, or of the root. That holds for files in
//     new directories, for trees that are moved in, out and around, when the
//     kernel's queue or a buffer of this package overflows, when the root itself is
//     removed or replaced, and when there are too few watches or descriptors.
//   - Directories that cannot be watched for want of watches or descriptors are
//     polled instead, at 1.5 % of a core at most; that is logged once. They are watched
//     again when it becomes possible.
//   - What Ignore and Skip name is neither reported nor does it delay a report. A
//     change is offered at most MaxWait after it became known.
//   - Remote file systems (NFS, SMB, 9p, virtiofs, FUSE) are polled, whether a root lies
//     on one or one is mounted below a root, at 10 % of the time each: the system tells
//     nothing of what is changed elsewhere. Status names them. One that does not answer
//     holds up what lies on it and nothing else.
//   - The queue of events is drained whatever the consumer, the callbacks or the
//     disk do. Memory is bounded by the number of directories, and of files in
//     directories that are polled; a consumer that does not read costs nothing more.
//   - Symbolic links are reported and not followed, except for a root that is one.
//   - Close returns when all goroutines have ended, but for those that a remote file
//     system does not answer.
//
// # Not guaranteed
//
//   - That a reported path has changed; nor the order of changes, nor their number.
//   - Changes through memory maps: inotify does not report them. Polling (MaxWatches
//     -1) sees them as far as sizes and times tell.
//   - Local file systems that are mounted and unmounted below a root, other than on the
//     root; and remote ones behind a root that is a link, which are not recognized.
//   - At once: a root that was away, or whose parents were renamed, and what is
//     mounted, is noticed within two seconds.
//
// Linux is where it is tested. On macOS and the BSDs a watch costs a descriptor
// for each file, so large trees are polled: what macOS has for whole trees,
// FSEvents, cannot be called without cgo. On Windows one open directory watches all
// of a root; it keeps others from renaming the directories above the root. Under
// Wine, which reports no changes further down, everything is polled.
package watcher
