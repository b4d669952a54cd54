// Package files is the one door to a source tree: whatever the program reads of a
// workspace (sources, ignore files, what git keeps) is opened, listed and asked for here.
//
// A tree is hostile until proven otherwise. Everything is opened below a granted
// root, which is a directory that the user named or that holds the repository
// around it. No component below the root may be a symbolic link, nothing but a
// regular file is read, opening waits for nobody, and reads are bounded.
// Above the root links are followed: they are not the tree's.
//
// Rules decide what belongs to a tree, for a walk, for a look at one file and for a
// watcher alike. Hangs knows the disks that do not answer, so that nobody waits for them.
//
// What a tree says of itself grants nothing outside of its repository. A file
// named .git points to git's own directory elsewhere. It is believed only where
// that directory is part of a repository around it or names it in turn, see
// gitDirectory.
package files
