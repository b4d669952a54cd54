package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"
)

const (
	// pprofPattern is how the names of directories of sockets for profiles begin.
	pprofPattern = "symcache-pprof-"

	// maxProfileRequest bounds the request for a profile, in bytes: curl's has some 100.
	maxProfileRequest = 8 << 10

	// profileWait bounds the wait for a request, and for a client that does not read.
	profileWait = 10 * time.Second

	// defaultRecorded and maxRecorded, in seconds, are how long is recorded where the client does not say, as with
	// net/http/pprof, and at most: a trace of this program has some MB a minute, and is kept in memory.
	defaultRecorded = 30
	maxRecorded     = 600
)

// servePprof serves profiles of this process on a new Unix socket, for its user alone: the directory has mode 0700,
// the socket 0600. It tells on tell how to use it. Windows has Unix sockets too, and keeps the directory of temporary
// files to its user. Nothing listens on the network.
//
// It speaks as much HTTP as curl needs: one GET for each connection. Package net/http would bring TLS and HTTP/2 into
// the program, an eighth of its size.
func servePprof(tell io.Writer, log *slog.Logger) (stop func(), err error) {
	// $XDG_RUNTIME_DIR is short, which the path of a socket has to be, and is emptied when the user logs out.
	dir, err := os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), pprofPattern)
	if err != nil {
		dir, err = os.MkdirTemp("", pprofPattern)
	}
	if err != nil {
		return nil, fmt.Errorf("make a directory for the socket of --pprof: %w", err)
	}
	socket := filepath.Join(dir, "socket")
	listener, err := listenPrivate(socket)
	if err != nil {
		_ = os.Remove(dir) // ignore error: it is empty and temporary
		return nil, fmt.Errorf("listen for --pprof: %w", err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					log.Warn("profiles are no longer served", "err", err)
				}
				return
			}
			go answerProfile(conn, log)
		}
	}()
	_, err = fmt.Fprintf(tell, `symcache: profiles are served on %[1]s
symcache: a profile of the processor:  curl -o cpu.pprof --unix-socket %[1]s 'http://symcache/profile?seconds=10'
symcache: what has memory:             curl -o heap.pprof --unix-socket %[1]s http://symcache/heap
symcache: where all goroutines are:    curl --unix-socket %[1]s 'http://symcache/goroutine?debug=2'
symcache: to look at a profile:        go tool pprof -http : cpu.pprof
`, shellQuote(socket))
	stop = func() {
		_ = listener.Close()  // ignore error: the process ends
		_ = os.RemoveAll(dir) // ignore error: it is temporary
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("tell where profiles are served: %w", err)
	}
	return stop, nil
}

// answerProfile answers one request, and closes the connection.
func answerProfile(conn net.Conn, log *slog.Logger) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(profileWait)) // ignore error: then it fails to read
	target, err := readRequest(conn)
	status, body := "200 OK", []byte(nil)
	if err == nil {
		body, err = profile(target)
	}
	if err != nil {
		status, body = "400 Bad Request", []byte(err.Error()+"\n")
	}
	_ = conn.SetWriteDeadline(time.Now().Add(profileWait)) // ignore error: then it fails to write
	if _, err := fmt.Fprintf(conn, "HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body); err != nil {
		log.Info("a profile was not fetched", "err", err)
	}
}

// readRequest returns what a GET asks for. The request ends with an empty line.
func readRequest(conn io.Reader) (*url.URL, error) {
	lines := bufio.NewScanner(io.LimitReader(conn, maxProfileRequest))
	lines.Scan()
	method, rest, _ := strings.Cut(lines.Text(), " ")
	target, _, _ := strings.Cut(rest, " ")
	for lines.Scan() && lines.Text() != "" {
	}
	if lines.Err() != nil || method != "GET" {
		return nil, errors.New("only GET is served")
	}
	return url.ParseRequestURI(target)
}

// profile makes what a request asks for by the last element of its path, so that the paths of net/http/pprof lead here,
// too: "profile" of the processor and "trace" for some seconds, or one of the profiles that the runtime keeps.
func profile(target *url.URL) ([]byte, error) {
	debug, err := parameter(target, "debug")
	if err != nil {
		return nil, err
	}
	seconds, err := parameter(target, "seconds")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	switch name := path.Base(target.Path); name {
	case "profile":
		err = recordFor(&out, pprof.StartCPUProfile, pprof.StopCPUProfile, seconds)
	case "trace":
		err = recordFor(&out, trace.Start, trace.Stop, seconds)
	default:
		kept := pprof.Lookup(name)
		if kept == nil {
			return nil, fmt.Errorf("there is no profile %q, but profile, trace, %s", name, strings.Join(keptProfiles(), ", "))
		}
		err = kept.WriteTo(&out, debug)
	}
	return out.Bytes(), err
}

// recordFor records for some seconds, 0 for the default. It fails where another request does already.
func recordFor(out io.Writer, start func(io.Writer) error, stop func(), seconds int) error {
	if err := start(out); err != nil {
		return err
	}
	time.Sleep(time.Duration(min(cmp.Or(seconds, defaultRecorded), maxRecorded)) * time.Second)
	stop()
	return nil
}

// parameter is the value of a parameter, 0 where there is none.
func parameter(target *url.URL, name string) (int, error) {
	text := target.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a number", name, text)
	}
	return int(n), nil
}

// keptProfiles are the names of the profiles that the runtime keeps.
func keptProfiles() []string {
	var names []string
	for _, p := range pprof.Profiles() {
		names = append(names, p.Name())
	}
	return names
}
