// Package workspace is the engine under the server and the command line: it
// walks source trees, turns each content into a summary through the store, and
// binds paths to contents.
//
// An Engine knows contents and files but no tree. A Workspace is an engine bound to
// roots. For each it has an index file, which processes share, and what differs from
// it, in memory. Scan compares all files with what is known of them; Run looks at those
// that are touched, writes new index files and takes those that others write; Watch
// touches what changes on disk.
//
// What is found is right for the bytes that a file had when it was read, and Search
// sees to it that these are the bytes it has.
package workspace
