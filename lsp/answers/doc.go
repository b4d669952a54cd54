// Package answers answers what can be asked about the sources of a workspace: outlines,
// symbol search, definitions, hovers, highlights, folds, selections and status. All of it
// is plain Go calls: a language server, a proxy in front of one and a tool for agents are
// front ends of the same answers.
//
// A Session holds what belongs to one client: its open documents, its folders, the unit of
// its columns, and which features it wants for which languages. Each question gets a
// Snapshot of the open documents. What is open is answered from the client's text, which is
// never written to disk; everything else is answered from the workspace.
//
// Cold is not empty: for every front end, an answer that would be empty waits a short time
// for the folders to be known and for the first scan.
//
// Places are Position and Range of go.lsp.dev/protocol, in the client's encoding, and folds,
// selections and highlights are the protocol's types: they hold nothing but places. All
// other results are types of this package, of lsp/index and of lsp/symbols.
package answers
