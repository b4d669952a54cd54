package answers

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"go.lsp.dev/uri"
)

// FuzzFileURI: the URI of a path names that path, in ASCII without blanks.
func FuzzFileURI(f *testing.F) {
	if runtime.GOOS == "windows" {
		f.Skip("paths of POSIX")
	}
	for _, path := range []string{
		"/", "/a", "/a b", "/a#b", "/a?b", "/a%20b", "/%", "/a%zz", "/ä/😀", "/c:/x", "/C:/x", "/a\nb", "/a\tb", "/a\\b", "/\xff\xfe", "/ä\xff#?%",
		"/a:b+c;d@e&f=g,h'(i)[j]{k}|l^m`n~o!p$q*", "/localhost/x", "/a//b/../c",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if strings.ContainsRune(path, 0) {
			t.Skip("no path")
		}
		path = filepath.Join("/", path)
		u := string(FileURI(path))
		if library := string(uri.File(path)); utf8.ValidString(path) && !strings.EqualFold(u, library) {
			t.Errorf("%q: %s, VS Code has %s", path, u, library)
		}
		if got, ok := FilePath(u); !ok || got != path {
			t.Errorf("%q: %s names %q, %v", path, u, got, ok)
		}
		for _, c := range []byte(u) {
			if c <= ' ' || c >= utf8.RuneSelf {
				t.Fatalf("%q: byte %#x in %s", path, c, u)
			}
		}
	})
}

// FuzzFilePath: any bytes are a clean absolute path or none.
func FuzzFilePath(f *testing.F) {
	for _, raw := range []string{"file:///a%2Fb", "file:/a", "file://host/a", "file:///%c3%28", "untitled:1", "file:///a/../../b", "file:///a%", "FILE:///x"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		path, ok := FilePath(raw)
		if ok && (!filepath.IsAbs(path) || filepath.Clean(path) != path) {
			t.Errorf("%q names %q", raw, path)
		}
		if again, ok2 := FilePath(string(FileURI(path))); ok && !strings.ContainsRune(path, 0) && (!ok2 || again != path) {
			t.Errorf("%q names %q, whose URI names %q", raw, path, again)
		}
	})
}

// P8: a file URI names a path in whatever way it is escaped; others name none.
func TestFilePathOfURIs(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("paths of POSIX")
	}
	for raw, want := range map[string]string{
		"file:///a/b.go": "/a/b.go", "file:///a%20b%23%3F%25": "/a b#?%", "file:///%E2%82%AC": "/€", "file:///€": "/€",
		"file:///a b": "/a b", "file:/a": "/a", "FILE:///a": "/a", "file://localhost/a": "/a", "file:///a/./b//c/../d": "/a/b/d",
		"file:///a#L5": "/a", "file:///a?x": "/a", "file:///c%3A/x": "/c:/x", "file:///a%2fb": "/a/b", "file:///100%": "/100%",
		"file:///%ff%zz": "/\xff%zz", "file:////a": "/a",
		"": "", "/a": "", "a": "", "file": "", "file:": "", "file://": "", "file:a": "", "file://host": "", "file://host/a": "",
		"untitled:/a": "", "git:///a": "", "files:///a": "", "http://x/file:///a": "",
	} {
		if got, ok := FilePath(raw); ok != (want != "") || ok && got != want {
			t.Errorf("%q names %q, %v, want %q", raw, got, ok, want)
		}
	}
}

// P8: the library that FilePath and FileURI use on Windows takes drive
// letters as VS Code does.
func TestDriveLettersAsVSCodeHasThem(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"file:///c%3A/a%20b.go": `c:\a b.go`, "file:///C:/a.go": `c:\a.go`, "file:///c:/ä.go": `c:\ä.go`, "file://host/share/a.go": `\\host\share\a.go`,
	} {
		u, err := uri.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if got := uri.FsPathFor(u, uri.PlatformWindows, false); got != want {
			t.Errorf("%s names %q, want %q", raw, got, want)
		}
		if back := uri.FileFor(uri.PlatformWindows, want); uri.FsPathFor(back, uri.PlatformWindows, false) != want {
			t.Errorf("%q has the URI %s", want, back)
		}
	}
}
