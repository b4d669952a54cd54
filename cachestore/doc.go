// Package cachestore keeps byte values on disk, addressed by what they were computed from: a part (such as the symbols),
// a language, the revision of the extractor, and the BLAKE3 hash of a content. Values are written one by one (loose
// entries) or many at once (packs), and shared by all processes of a user. Beside them it keeps an index file for each
// workspace, and it stays within a budget (GC).
//
// Guaranteed: a Get returns the whole value that was put under that key, or misses; damage of any kind is a miss with a
// reason. A crash at any instant loses what was being written and nothing else. No lock outlives its holder, and each
// wait for one has a bound. Opening does not depend on how much is stored.
//
// Not guaranteed: that a value is still there later; that equal work is done only once when a lock's holder is suspended
// for longer than the lock timeout. There is no protection from the same user or the owner of the root, except that a
// file which they truncate or overwrite is a miss, also while it is mapped.
//
// How to read this package: store.go has the calls, tier.go the interface of other places of values. layout.go has the
// places of all files and the steps of a durable write, format.go what is in the files. To follow a Get: finder.go,
// packset.go (which packs there are), pack.go (one of them), entry.go (a loose entry). To follow a PutPack: packwrite.go,
// packpublish.go. lock.go is the locks, workspaces.go the index files. gc.go begins with a page about collections,
// gcstock.go is their decisions, merge.go copies packs. place.go and namespace.go are about directories that others can
// write to.
package cachestore
