package gitconfig

import (
	"path/filepath"
	"strings"
)

// maxIncludes bounds how many files are read for one configuration. Git follows 10 includes
// below each other; people have some three files.
const maxIncludes = 20

// User finds what the configuration of a user says.
type User struct {
	// Getenv returns a variable of the environment. Nil: the user has no configuration.
	Getenv func(name string) string
	// Home is the directory of a user whose $HOME is not set, as on Windows.
	Home string
	// Read reads a file of the user's.
	Read func(path string) ([]byte, error)
}

// Excludes returns the ignore file that holds for all repositories of the user, or "", as
// gitignore(5) says: core.excludesFile of the user's configuration, else git/ignore in
// $XDG_CONFIG_HOME. Looked are the files that say so, whether they are there or not.
//
// Included files count. Those that are included for some repositories only do not, nor does
// the configuration of the system, nor that of a repository: it comes with a tree.
func (u User) Excludes() (path string, looked []string) {
	if u.Getenv == nil {
		return "", nil
	}
	home := u.Getenv("HOME")
	if home == "" {
		home = u.Home
	}
	xdg := u.Getenv("XDG_CONFIG_HOME")
	if xdg == "" && home != "" {
		xdg = filepath.Join(home, ".config")
	}
	if xdg != "" && filepath.IsAbs(xdg) {
		path = filepath.Join(xdg, "git", "ignore")
	} else {
		xdg = ""
	}
	var configs []string
	switch global := u.Getenv("GIT_CONFIG_GLOBAL"); {
	case global != "":
		configs = append(configs, global)
	default:
		if xdg != "" {
			configs = append(configs, filepath.Join(xdg, "git", "config"))
		}
		if home != "" {
			configs = append(configs, filepath.Join(home, ".gitconfig"))
		}
	}
	r := reading{user: u, home: home}
	for _, config := range configs {
		r.read(config)
	}
	if r.said {
		path = r.excludes
	}
	return path, r.looked
}

// reading is the reading of one configuration, of several files.
type reading struct {
	user     User
	home     string
	looked   []string
	said     bool // excludesFile is set
	excludes string
}

func (r *reading) read(path string) {
	if len(r.looked) == maxIncludes || !filepath.IsAbs(path) {
		return
	}
	r.looked = append(r.looked, path)
	text, err := r.user.Read(path)
	if err != nil {
		return // ignore error: most users have not all of them
	}
	entries, _ := Parse(text) // ignore error: what stands before the mistake counts
	for _, e := range entries {
		switch e.Name {
		case "include.path":
			if included := r.expand(e.Value); included != "" && !filepath.IsAbs(included) {
				r.read(filepath.Join(filepath.Dir(path), included))
			} else {
				r.read(included)
			}
		case "core.excludesfile":
			r.said, r.excludes = true, ""
			if named := r.expand(e.Value); filepath.IsAbs(named) {
				r.excludes = filepath.Clean(named)
			}
		}
	}
}

// expand returns a path in which "~/" may stand for the home directory.
func (r *reading) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if r.home == "" {
			return ""
		}
		return filepath.Join(r.home, filepath.FromSlash(rest))
	}
	return filepath.FromSlash(path)
}

// Repository is what matters of the configuration of a repository.
type Repository struct {
	Sparse bool // not all files are checked out
	SHA256 bool // objects are named by SHA-256
}

// RepositoryOf reads the texts of a repository's configuration: its own, and that of a
// working tree. Later texts win.
func RepositoryOf(texts ...[]byte) (r Repository) {
	for _, text := range texts {
		entries, _ := Parse(text) // ignore error: what stands before the mistake counts
		for _, e := range entries {
			switch e.Name {
			case "core.sparsecheckout":
				r.Sparse = isTrue(e.Value)
			case "extensions.objectformat":
				r.SHA256 = strings.EqualFold(e.Value, "sha256")
			}
		}
	}
	return r
}

// isTrue reports whether git takes a value for true.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "yes", "on", "1":
		return true
	}
	return false
}
