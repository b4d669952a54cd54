// Package lsp is the server of the Language Server Protocol: it reads messages, asks the
// session of package answers, and encodes what it says.
//
// A Server serves one client. Messages are read in order: notifications are applied before
// the next message is read, requests get a snapshot of the open documents at that moment and
// run at the same time. The read loop never hashes, parses or waits for the disk.
//
// A Table says what handles each method, and there is one file for each method. A program
// around the server may change the table, for example to put another server behind it.
package lsp
