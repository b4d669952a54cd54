// Package workspace is the engine under the server and the command line: it
// walks source trees, turns each content into a summary through the store, and
// binds paths to contents.
//
// An Engine knows contents and files but no tree: Scan warms the store with all
// sources below some roots, parsing each content once however many processes
// want it. A Workspace is an engine bound to roots: bindings and a search index
// in memory, and a queue of files to look at again.
//
// What is found is right for the bytes that a file had when it was read. Nothing
// here watches the disk: who knows of a change calls Workspace.Touch.
package workspace
