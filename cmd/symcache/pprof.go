package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"time"
)

// pprofPattern is how the names of directories of sockets for profiles begin.
const pprofPattern = "symcache-pprof-"

// servePprof serves profiles of this process on a new Unix socket, for its user alone: the directory has mode 0700,
// the socket 0600. It tells on tell how to use it. Windows has Unix sockets too, and keeps the directory of temporary
// files to its user. Nothing listens on the network.
func servePprof(tell io.Writer, log *slog.Logger) (stop func(), err error) {
	// $XDG_RUNTIME_DIR is short, which the path of a socket has to be, and is emptied when the user logs out.
	dir, err := os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), pprofPattern)
	if err != nil {
		dir, err = os.MkdirTemp("", pprofPattern)
	}
	if err != nil {
		return nil, fmt.Errorf("make a directory for the socket of --pprof: %w", err)
	}
	path := filepath.Join(dir, "socket")
	listener, err := listenPrivate(path)
	if err != nil {
		_ = os.Remove(dir) // ignore error: it is empty and temporary
		return nil, fmt.Errorf("listen for --pprof: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Warn("profiles are no longer served", "err", err)
		}
	}()
	_, err = fmt.Fprintf(tell, `symcache: profiles are served on %[1]s
symcache: a profile of the processor:  curl -o cpu.pprof --unix-socket %[1]s 'http://symcache/debug/pprof/profile?seconds=10'
symcache: what has memory:             curl -o heap.pprof --unix-socket %[1]s http://symcache/debug/pprof/heap
symcache: where all goroutines are:    curl --unix-socket %[1]s 'http://symcache/debug/pprof/goroutine?debug=2'
symcache: to look at a profile:        go tool pprof -http : cpu.pprof
`, shellQuote(path))
	stop = func() {
		_ = server.Close()    // ignore error: the process ends
		_ = os.RemoveAll(dir) // ignore error: it is temporary
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("tell where profiles are served: %w", err)
	}
	return stop, nil
}
