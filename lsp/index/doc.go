// Package index searches the symbols of a workspace by name.
//
// It has two kinds of layers. A File is an index file, which is mapped and searched where it lies: some 30 bytes a
// symbol on disk. It never changes, and also holds the bindings of the workspace. A Memory holds what differs from the
// file: some 70 bytes a symbol. Both also hold the macros that files define. Search runs a fuzzy query over a stack of layers; what an earlier layer has of a path
// hides what later ones have, as open documents hide the files on disk. Write makes a new File from an older one and
// what a Memory has instead.
//
// A search works on the state at one moment. It takes no lock that a writer holds while it works, and a writer never
// waits for a search. The order of the results depends on the symbols alone, not on the order in which they came or on
// the number of processors.
//
// How to read this package: search.go is a query from the call to the matches. traits.go and pattern.go turn most
// names away unread, score.go scores the others, topk.go orders what was found. tables.go is a Memory, and format.go,
// names.go and detail.go are a File. write.go and writerows.go make one. Macros are beside all that: macros.go says how
// they are found, macromemory.go, macrofile.go and macrowrite.go how they are kept.
package index
