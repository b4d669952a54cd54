module github.com/symcache/symcache/cmd/symbench

go 1.26.0

replace github.com/symcache/symcache => ../..

require (
	github.com/google/go-cmp v0.7.0
	github.com/mattn/go-sqlite3 v1.14.32
	github.com/symcache/symcache v0.0.0-00010101000000-000000000000
	go.etcd.io/bbolt v1.4.3
	go.lsp.dev/jsonrpc2 v1.0.1
)

require (
	github.com/edsrzf/mmap-go v1.2.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260623181947-01eb4420fa68 // indirect
	github.com/gofrs/flock v0.13.1 // indirect
	github.com/klauspost/cpuid/v2 v2.3.0 // indirect
	github.com/zeebo/blake3 v0.2.4 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
