// Package lsp is the server: JSON-RPC in, symbols out.
//
// A Server serves one client. Messages are read in order: notifications are
// applied before the next message is read, requests get a snapshot of the open
// documents at that moment and run concurrently. Reading never hashes, parses or
// waits for the disk. Text that is open in the editor is answered from memory
// and never written; everything else is answered from the workspace.
//
// There is one file per LSP method. Each answer is a method of Server, which has to be
// initialized.
package lsp
