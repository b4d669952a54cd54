package gitconfig

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const odd = `
; comment
[core] editor = vi # behind it
	excludesFile = "~/my ignore"  ; quoted
	flag
[Section "Sub \"x\" \\"]
	Key = a\tb \
 c
	two = "in  " side   # blank
[old.Sub]
	k= "#no;" comment
	empty =
`

// The variables of a text are those that git lists.
func TestParseAgreesWithGit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	for _, text := range []string{odd, strings.ReplaceAll(odd, "\n", "\r\n"), "[a]b=1", "[a]\nb", "[a]b=\"x\ny\"", "[a", "[a]\n1b = c\\", "[a \"x\"]\nb = \\q"} {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, gitErr := exec.Command("git", "config", "--file", path, "--list", "-z").Output()
		got, err := Parse([]byte(text))
		if gitErr != nil {
			if err == nil {
				t.Errorf("%q is parsed, but not by git", text)
			}
			continue
		}
		var want []Entry
		for record := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
			name, value, _ := strings.Cut(record, "\n")
			want = append(want, Entry{name, value})
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-git +got):\n%s", text, err, diff)
		}
	}
}

// FuzzParse: whatever the text, there are no more variables than lines, nor longer ones.
func FuzzParse(f *testing.F) {
	f.Add([]byte(odd))
	f.Add([]byte("[a \"b\\"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, _ := Parse(text) // ignore error: most texts have one
		total := 0
		for _, e := range entries {
			total += len(e.Value)
		}
		if total > len(text) || len(entries) > len(text) {
			t.Errorf("%d variables with %d bytes of %d", len(entries), total, len(text))
		}
	})
}

func TestExcludesAreFoundAsGitFindsThem(t *testing.T) {
	t.Parallel()
	home, err := filepath.Abs(string(filepath.Separator) + "home")
	if err != nil {
		t.Fatal(err)
	}
	at := func(path string) string { return filepath.Join(home, filepath.FromSlash(path)) }
	for name, test := range map[string]struct {
		env   map[string]string
		files map[string]string
		want  string
	}{
		"none is set":              {want: at(".config/git/ignore")},
		"XDG_CONFIG_HOME":          {env: map[string]string{"XDG_CONFIG_HOME": at("xdg")}, want: at("xdg/git/ignore")},
		".gitconfig":               {files: map[string]string{".gitconfig": "[core]\nexcludesFile = ~/mine"}, want: at("mine")},
		"git/config":               {files: map[string]string{".config/git/config": "[core]\nexcludesfile = ~/a/b"}, want: at("a/b")},
		".gitconfig wins":          {files: map[string]string{".config/git/config": "[core]\nexcludesfile = ~/a", ".gitconfig": "[core]\nexcludesFile = ~/mine"}, want: at("mine")},
		"empty":                    {files: map[string]string{".gitconfig": "[core]\nexcludesFile ="}, want: ""},
		"relative":                 {files: map[string]string{".gitconfig": "[core]\nexcludesFile = x"}, want: ""},
		"included":                 {files: map[string]string{".gitconfig": "[include]\npath = dot/more\n", "dot/more": "[include]\npath=deeper", "dot/deeper": "[core]\nexcludesFile=~/inner"}, want: at("inner")},
		"included by itself":       {files: map[string]string{".gitconfig": "[include]\npath = ~/.gitconfig\n[core]\nexcludesFile=~/x"}, want: at("x")},
		"included for some":        {files: map[string]string{".gitconfig": "[includeIf \"gitdir:~/work/\"]\npath = work\n", "work": "[core]\nexcludesFile=~/inner"}, want: at(".config/git/ignore")},
		"GIT_CONFIG_GLOBAL":        {env: map[string]string{"GIT_CONFIG_GLOBAL": at("g")}, files: map[string]string{"g": "[core]\nexcludesFile=~/of-g", ".gitconfig": "[core]\nexcludesFile=~/x"}, want: at("of-g")},
		"a mistake, and before it": {files: map[string]string{".gitconfig": "[core]\nexcludesFile = ~/mine\n]]"}, want: at("mine")},
	} {
		user := User{
			Getenv: func(name string) string { return test.env[name] },
			Home:   home,
			Read: func(path string) ([]byte, error) {
				for name, text := range test.files {
					if at(name) == path {
						return []byte(text), nil
					}
				}
				return nil, fs.ErrNotExist
			},
		}
		got, looked := user.Excludes()
		if got != test.want || len(looked) == 0 || len(looked) > maxIncludes {
			t.Errorf("%s: %q of %q, want %q", name, got, looked, test.want)
		}
	}
	if path, looked := (User{Home: home}).Excludes(); path != "" || looked != nil {
		t.Errorf("without an environment: %q, %q", path, looked)
	}
}

func TestRepositoryOfReadsWhatMatters(t *testing.T) {
	t.Parallel()
	got := RepositoryOf([]byte("[core]\n\tsparseCheckout = false\n[extensions]\nobjectFormat = sha256\n"), []byte("[core]\nsparseCheckout = true\n"))
	if want := (Repository{Sparse: true, SHA256: true}); got != want {
		t.Errorf("got %v", got)
	}
	if got := RepositoryOf(nil, []byte("[core]\nsparseCheckout=no")); got != (Repository{}) {
		t.Errorf("got %v", got)
	}
}
