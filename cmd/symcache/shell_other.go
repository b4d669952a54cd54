//go:build !unix

package main

// shellQuote returns a path as a word of a Windows shell. No path there has a quote in it.
func shellQuote(path string) string { return `"` + path + `"` }
