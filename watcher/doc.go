// Package watcher is the room of file system events: fsnotify made recursive,
// ignore-aware and overflow-proof.
//
// It does not watch yet. Until it does, a server learns of changes from the
// editor's own events alone. Like cachestore it imports nothing else of
// symcache and stands alone as a library.
package watcher
