package lsp

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/answers"
)

// P10: all the ways in which clients name what they have open.
func TestFoldersInAllForms(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"one/a.go": "package a\nfunc inOne() {}\n", "one/sub/b.go": "package a\nfunc inSub() {}\n",
		"two/c.go": "package a\nfunc inTwo() {}\n",
	})
	one, two, sub := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "one", "sub")
	folders := func(dirs ...string) []object {
		list := []object{}
		for _, d := range dirs {
			list = append(list, object{"uri": fileURI(d), "name": "x"})
		}
		return list
	}
	all := []string{"inOne", "inSub", "inTwo"}
	for name, test := range map[string]struct {
		params object
		want   []string
		roots  []string
	}{
		"one folder":          {object{"workspaceFolders": folders(two)}, all[2:], []string{two}},
		"several folders":     {object{"workspaceFolders": folders(two, one)}, all, []string{two, one}},
		"nested folders":      {object{"workspaceFolders": folders(one, sub)}, all[:2], []string{one, sub}},
		"nested, inner first": {object{"workspaceFolders": folders(sub, one)}, all[:2], []string{sub, one}},
		"same folder twice":   {object{"workspaceFolders": folders(two, two)}, all[2:], []string{two}},
		"folders before uri":  {object{"workspaceFolders": folders(two), "rootUri": fileURI(one)}, all[2:], []string{two}},
		"rootUri":             {object{"rootUri": fileURI(sub), "rootPath": two}, all[1:2], []string{sub}},
		"null folders":        {object{"workspaceFolders": nil, "rootUri": fileURI(two)}, all[2:], []string{two}},
		"rootPath":            {object{"rootUri": nil, "rootPath": two + "/"}, all[2:], []string{two}},
		"trailing slash":      {object{"rootUri": fileURI(two) + "/"}, all[2:], []string{two}},
		"no folder":           {object{"workspaceFolders": []object{}, "rootUri": fileURI(one)}, nil, nil},
		"null root":           {object{"workspaceFolders": nil, "rootUri": nil, "rootPath": nil}, nil, nil},
		"empty root":          {object{"rootUri": "", "rootPath": ""}, nil, nil},
		"relative root":       {object{"rootPath": "."}, nil, nil},
		"not a file":          {object{"workspaceFolders": []object{{"uri": "vscode-remote://ssh/x", "name": "x"}}}, nil, nil},
		"missing, and one":    {object{"workspaceFolders": folders(filepath.Join(dir, "no"), two)}, all[2:], []string{two}},
		"a file, and one":     {object{"workspaceFolders": folders(filepath.Join(one, "a.go"), two)}, all[2:], []string{two}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startHere(t, setup{})
			test.params["capabilities"] = modern()
			e.initializeWith(test.params)
			e.progress("end")
			var got []string
			for _, s := range e.search("in") {
				got = append(got, s.Name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("symbols (-want +got):\n%s", diff)
			}
			status := ask[answers.Status](e, "symcache/status", nil)
			if diff := cmp.Diff(test.roots, append([]string(nil), status.Roots...)); diff != "" {
				t.Errorf("roots (-want +got):\n%s", diff)
			}
		})
	}
}

// P10: without a root, open documents are all there is.
func TestSingleFileWithoutFolder(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc single() {}\n"})
	uri := fileURI(filepath.Join(dir, "a.go"))
	e := startHere(t, setup{})
	e.initializeWith(object{"rootUri": nil, "capabilities": modern()})
	e.wantFound("single")
	e.wantOutline(uri, "single")
	e.open(uri, "go", "package a\nfunc single() {}\n")
	e.wantFound("single", uri)
	e.close(uri)
	e.wantFound("single")
}

// Where no folder is open, a search that finds nothing says so, once.
func TestSearchWithoutFolderSaysSo(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc single() {}\n"})
	said := func(m message) bool { return m.Method == "window/showMessage" }
	for name, test := range map[string]struct {
		params object
		told   bool
	}{
		"no folder": {object{"rootUri": nil, "capabilities": modern()}, true},
		"a folder":  {object{"rootUri": fileURI(dir), "capabilities": modern()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startHere(t, setup{})
			e.initializeWith(test.params)
			e.search("nothing")
			if test.told {
				e.await("a message", said)
			}
			e.search("nothing")
			e.leave()
			if more := e.matching(said); len(more) > 0 {
				t.Errorf("it says so again, or without a reason: %v", more)
			}
		})
	}
}

// TestFolderThroughLink: a client that opened a folder through a link gets files
// by the name that it knows, and they are the same files.
func TestFolderThroughLink(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{"real/a.go": "package a\nfunc onDisk() {}\n", "real/inner/b.go": "package b\nfunc inner() {}\n"})
		real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
		if err := os.Symlink(real, link); err != nil {
			t.Skip("no symbolic links:", err)
		}
		e := start(setup{Cache: t.TempDir()})
		// The inner root is named by its real path: its files are so too.
		e.initialize(modern(), link, filepath.Join(real, "inner"))
		uri := fileURI(filepath.Join(link, "a.go"))
		e.wantFound("onDisk", uri)
		e.wantFound("inner", fileURI(filepath.Join(real, "inner", "b.go")))

		e.open(uri, "go", "package a\nfunc typed() {}\n")
		e.wantFound("onDisk")
		e.wantFound("typed", uri)
		write(t, filepath.Join(real, "a.go"), "package a\nfunc saved() {}\n")
		e.save(uri)
		e.close(uri)
		e.wantFound("saved", uri)
		e.wantFound("onDisk")
		if err := os.RemoveAll(real); err != nil {
			t.Fatal(err)
		}
		e.open(uri, "go", "package a\nfunc typed() {}\n")
		e.close(uri)
		e.wantFound("saved")
		e.wantFound("typed")
	})
}

// TestLinkedFile: a file that is asked for by a link to it has the outline of the file.
func TestLinkedFile(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.go": "package a\nfunc onDisk() {}\n"})
	link := filepath.Join(dir, "link.go")
	if err := os.Symlink("a.go", link); err != nil {
		t.Skip("no symbolic links:", err)
	}
	e := startHere(t, setup{})
	e.initialize(modern(), dir)
	e.wantOutline(fileURI(link), "onDisk")
}

// P8: odd names are found, whatever the client escapes of them, and
// an open document is named as the client does.
func TestOddNamesAreFound(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"a b.go", "a#b.go", "a%20b.go", "a?b.go", "ä😀.go", "a:b+c;d@e&f=g.go", "[x](y){z}.go", "c:/a.go"} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			dir := tree(t, map[string]string{name: "package a\nfunc onDisk() {}\n"})
			path := filepath.Join(dir, name)
			e := startHere(t, setup{})
			e.initialize(modern(), dir)

			all := ""
			for _, c := range []byte(name) {
				all += "%" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15])
			}
			for _, uri := range []string{fileURI(dir) + "/" + all, (&url.URL{Scheme: "file", Path: path}).String(), string(answers.FileURI(path))} {
				e.wantOutline(uri, "onDisk")
				e.open(uri, "go", "package a\nfunc typed() {}\n")
				e.wantOutline(uri, "typed")
				e.wantFound("typed", uri)
				e.wantFound("onDisk")
				e.close(uri)
			}
			for _, s := range e.search("onDisk") {
				e.wantOutline(s.Location.URI, "onDisk")
			}
		})
	}
}

// P10: folders come and go while the server runs; who asks right
// after a change gets what is in the new ones.
func TestFoldersComeAndGo(t *testing.T) {
	t.Parallel()
	transports(t, func(t *testing.T, start func(setup) *editor) {
		dir := tree(t, map[string]string{
			"one/a.go": "package a\nfunc inOne() {}\n", "two/b.go": "package a\nfunc inTwo() {}\n",
			"two/in ner/c.go": "package a\nfunc inner() {}\n",
		})
		one, two := fileURI(filepath.Join(dir, "one")), fileURI(filepath.Join(dir, "two"))
		inner := two + "/in%20ner"
		e := start(setup{Cache: t.TempDir()})
		e.initialize(modern(), filepath.Join(dir, "one"))
		e.progress("end")
		change := func(added, removed []string) {
			folders := func(uris []string) []object {
				list := []object{}
				for _, uri := range uris {
					list = append(list, object{"uri": uri, "name": "x"})
				}
				return list
			}
			e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{"added": folders(added), "removed": folders(removed)}})
		}
		wantNow := func(name string, want int) {
			t.Helper()
			if got := e.search(name); len(got) != want {
				t.Errorf("%s: %d found, want %d", name, len(got), want)
			}
		}
		e.notify("workspace/didChangeWorkspaceFolders", object{"event": object{ // as Neovim 0.7 sends it
			"added": []any{object{"uri": two, "name": "x"}}, "removed": []any{[]any{}},
		}})
		change([]string{two, two, "untitled:x"}, nil)
		wantNow("inTwo", 1)
		wantNow("inOne", 1)
		change([]string{inner}, []string{one})
		e.wantFound("inOne")
		wantNow("inner", 1)
		change(nil, []string{two})
		e.wantFound("inTwo")
		wantNow("inner", 1)
		change([]string{one}, []string{inner, inner})
		wantNow("inOne", 1)
		e.wantFound("inner")
		for _, params := range []any{nil, 5, object{"event": 5}, object{"event": object{"added": []int{1}}}} {
			e.notify("workspace/didChangeWorkspaceFolders", params)
		}
		change([]string{fileURI(filepath.Join(dir, "no such"))}, nil)
		e.wantFound("inOne", one+"/a.go")
		change(nil, []string{one})
		e.wantFound("inOne")
		e.leave()
	})
}
