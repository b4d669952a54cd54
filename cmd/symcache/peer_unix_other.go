//go:build unix && !linux && !darwin

package main

// peerUID does not know the user at the other end of a Unix socket here.
func peerUID(int) (uid int, known bool, err error) { return 0, false, nil }
