package answers

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"go.lsp.dev/uri"
)

// FileURI returns the URI of an absolute path, escaped as VS Code does.
func FileURI(path string) uri.URI {
	if runtime.GOOS == "windows" {
		return uri.File(path)
	}
	// The library cannot express a path that is no UTF-8, and would change the
	// case of what looks like a drive letter.
	const unreserved = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	escaped := []byte("file://")
	for _, c := range []byte(path) {
		if strings.IndexByte(unreserved, c) >= 0 {
			escaped = append(escaped, c)
		} else {
			escaped = fmt.Appendf(escaped, "%%%02X", c)
		}
	}
	return uri.URI(escaped)
}

// FilePath returns the path that a file URI names, clean; ok is false for other
// URIs, and for files of other hosts.
func FilePath(raw string) (path string, ok bool) {
	scheme, rest, _ := strings.Cut(raw, ":")
	if !strings.EqualFold(scheme, "file") {
		return "", false
	}
	if runtime.GOOS == "windows" {
		u, err := uri.Parse(raw)
		if err != nil {
			return "", false
		}
		path = u.FsPath()
	} else if path, ok = posixPath(rest); !ok {
		return "", false
	}
	return filepath.Clean(path), filepath.IsAbs(path)
}

// posixPath returns the path in what follows the scheme of a file URI. The
// library for URIs would find drive letters and hosts in paths that have none,
// and cannot express a path that is no UTF-8.
func posixPath(rest string) (path string, ok bool) {
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if authority, found := strings.CutPrefix(rest, "//"); found {
		slash := strings.IndexByte(authority, '/')
		if slash < 0 || slash > 0 && !strings.EqualFold(authority[:slash], "localhost") {
			return "", false
		}
		rest = authority[slash:]
	}
	return percentDecoded(rest), true
}

// percentDecoded leaves alone what is no escape, as editors do.
func percentDecoded(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	decoded := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				decoded = append(decoded, byte(c))
				i += 2
				continue
			}
		}
		decoded = append(decoded, s[i])
	}
	return string(decoded)
}
