// Package bindings remembers what each file below a root held when it was last read, and
// where its symbols are.
//
// A Tree is one root's bindings: an index file on disk, which all processes share, and in
// memory what differs from it. It guarantees:
//
//   - Readings of a file may come in in any order: the latest counts, see order.go.
//   - After a whole scan the tree has the files that the scan has come to, and no others.
//   - A crash loses the bindings since the last index file, which are found again.
//   - A damaged index file is a missing one.
//
// It reads and lists no file of the tree, and does not notice that one changes: who uses
// a binding asks the disk whether it still holds.
package bindings
