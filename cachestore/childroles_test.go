package cachestore

func childRoles() map[string]func([]string) error { return nil }
