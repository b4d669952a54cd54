package answers

import (
	"testing"
)

// Of nested folders, each with a spelling of its own, the deepest one names a file.
func TestDeepestFolderNamesAFile(t *testing.T) {
	t.Parallel()
	f := folderPaths{{client: "/link", canonical: "/real"}, {client: "/deep", canonical: "/real/a/b"}, {client: "/x", canonical: "/real/a"}}
	for canonical, client := range map[string]string{
		"/real/f.go": "/link/f.go", "/real/a/b/f.go": "/deep/f.go", "/real/a/f.go": "/x/f.go", "/real/a/bc/f.go": "/x/bc/f.go",
		"/realm/f.go": "/realm/f.go", "/real": "/link", "/elsewhere": "/elsewhere",
	} {
		if got := f.toClient(canonical); got != client {
			t.Errorf("client's name of %s: %s, want %s", canonical, got, client)
		}
		if got := f.toCanonical(client); got != canonical {
			t.Errorf("canonical name of %s: %s, want %s", client, got, canonical)
		}
	}
}
