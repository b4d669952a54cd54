// Package workspace keeps what is known of the source trees below some roots, and keeps it
// fresh.
//
// A Workspace has, for each root, an index file that processes share and in memory what
// differs from it. Scan compares all files with what is known of them. Run looks at the
// files that are touched, writes new index files and takes those that other processes
// write. Watch touches what changes on disk. Symbols come from an engine, see contents.
//
// A binding is right for the bytes that a file had when it was read, and Search returns a
// symbol only of a file that still has these bytes. A file that changes while an answer is
// on its way is not noticed.
package workspace
