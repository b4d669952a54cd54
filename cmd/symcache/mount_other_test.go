//go:build !linux

package main

// roles are what the test binary does as another process: nothing here.
func roles() map[string]func([]string) error { return nil }
