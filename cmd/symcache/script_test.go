package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the scripts of the command line, one per command and theme.
// They have these words besides testscript's own (see its documentation):
//
//	symcache ARGS...         runs the program; its exit code is for the word code
//	code N                   the last symcache ended with exit code N
//	json PATH VALUE          the last output of symcache is JSON with that value at PATH,
//	                         such as .skipped_reasons.binary or .0.name; "-" is no such value
//	jsonkeys PATH NAME...    the object at PATH has these members and no others
//	empty                    the last symcache printed nothing on standard output
//	quiet                    it printed nothing on standard error but how far it is, which it does on slow machines
//	absent FILE              there is no such file
//	sparse FILE SIZE         makes a file of holes, SIZE in MiB
//	binary FILE              makes a file with NUL bytes
//	utf16 FILE               makes it UTF-16, little-endian and with a byte order mark
//	damage DIR SUFFIX [AT]   flips a bit of the first file below DIR with that suffix, in its last byte or
//	                         in the one AT
//	rmpacks DIR              removes the packs below DIR
//	modversions              the last output is of version --json and has the versions of go.mod
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SYMCACHE_DIR", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_CACHE_HOME", "")
			env.Setenv("LocalAppData", filepath.Join(env.WorkDir, "home"))
			env.Values[lastKey{}] = new(result)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"symcache": scriptSymcache,
			"code":     scriptCode,
			"json":     scriptJSON,
			"jsonkeys": scriptJSONKeys,
			"empty": func(ts *testscript.TestScript, neg bool, _ []string) {
				if got := last(ts).stdout; (got == "") == neg {
					ts.Fatalf("standard output is %q", got)
				}
			},
			"quiet": func(ts *testscript.TestScript, _ bool, _ []string) {
				if told := withoutProgress(last(ts).stderr); told != "" {
					ts.Fatalf("standard error has %q", told)
				}
			},
			"absent": func(ts *testscript.TestScript, _ bool, args []string) {
				if _, err := os.Lstat(ts.MkAbs(args[0])); err == nil {
					ts.Fatalf("%s exists", args[0])
				}
			},
			"sparse": func(ts *testscript.TestScript, _ bool, args []string) {
				f, err := os.Create(ts.MkAbs(args[0]))
				ts.Check(err)
				mib, err := strconv.ParseInt(args[1], 10, 64)
				ts.Check(err)
				ts.Check(f.Truncate(mib << 20))
				ts.Check(f.Close())
			},
			"binary": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("package p\x00\x01"), 0o644))
			},
			"utf16": func(ts *testscript.TestScript, _ bool, args []string) {
				out := []byte("\xff\xfe")
				for _, unit := range utf16.Encode([]rune(ts.ReadFile(args[0]))) {
					out = binary.LittleEndian.AppendUint16(out, unit)
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o644))
			},
			"damage": scriptDamage,
			"rmpacks": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, _ fs.DirEntry, err error) error {
					if err == nil && strings.HasSuffix(path, ".pack") {
						return os.Remove(path)
					}
					return err
				}))
			},
			"modversions": scriptModuleVersions,
		},
	})
}

// lastKey is where a script keeps the result of its last symcache.
type lastKey struct{}

func last(ts *testscript.TestScript) *result { return ts.Value(lastKey{}).(*result) }

// scriptSymcache does not fail by itself on an exit code, which "code" checks;
// negated it does on 0.
func scriptSymcache(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(os.Getenv(binaryEnv), args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"GORACE=" + os.Getenv("GORACE")}
	for _, name := range []string{
		"SYMCACHE_DIR", "SYMCACHE_JOBS", "SYMCACHE_LOG_LEVEL", "SYMCACHE_MAX_FILE_SIZE",
		"SYMCACHE_MAX_SIZE", "SYMCACHE_MAX_AGE", "SYMCACHE_BASE", "SYMCACHE_LOG_FILE",
		"HOME", "XDG_CACHE_HOME", "LocalAppData", "PATH", "SystemRoot",
	} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code tells
	r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	*last(ts) = r
	_, err := ts.Stdout().Write(stdout.Bytes())
	ts.Check(err)
	_, err = ts.Stderr().Write(stderr.Bytes())
	ts.Check(err)
	if neg == (r.code == exitOK) {
		ts.Fatalf("exit code %d", r.code)
	}
}

func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	found := ""
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, e fs.DirEntry, err error) error {
		if err == nil && found == "" && strings.HasSuffix(path, args[1]) && !e.IsDir() {
			found = path
		}
		return err
	}))
	text, err := os.ReadFile(found)
	ts.Check(err)
	at := len(text) - 1
	if len(args) > 2 {
		at, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	text[at] ^= 1
	ts.Check(os.WriteFile(found, text, 0o600))
}

func scriptCode(ts *testscript.TestScript, _ bool, args []string) {
	if got := strconv.Itoa(last(ts).code); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	got := "-"
	switch value := at(ts, args[0]).(type) {
	case nil:
	case string:
		got = value
	default:
		text, err := json.Marshal(value)
		ts.Check(err)
		got = string(text)
	}
	if (got == args[1]) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

func scriptJSONKeys(ts *testscript.TestScript, _ bool, args []string) {
	object, ok := at(ts, args[0]).(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object", args[0])
	}
	want := make(map[string]bool)
	for _, name := range args[1:] {
		want[name] = true
	}
	got := make(map[string]bool)
	for name := range object {
		got[name] = true
	}
	if !reflect.DeepEqual(got, want) {
		ts.Fatalf("%s has the members %v, want %v", args[0], got, want)
	}
}

// at returns the value at a path of the last output, nil if there is none. The
// length of an array or object is at ".length".
func at(ts *testscript.TestScript, path string) any {
	var value any
	ts.Check(json.Unmarshal([]byte(last(ts).stdout), &value))
	for name := range strings.SplitSeq(strings.Trim(path, "."), ".") {
		if name == "" {
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
			if name == "length" && value == nil {
				value = len(v)
			}
		case []any:
			if name == "length" {
				value = len(v)
				continue
			}
			i, err := strconv.Atoi(name)
			ts.Check(err)
			if i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// scriptModuleVersions checks the grammars of the last version --json against
// the versions that go.mod asks for.
func scriptModuleVersions(ts *testscript.TestScript, _ bool, _ []string) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	ts.Check(err)
	versions := make(map[string]string)
	for line := range strings.Lines(string(mod)) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			versions[fields[0]] = fields[1]
		}
	}
	var printed struct {
		Go        string
		Languages []struct{ Language, Revision, Grammar, Error string }
	}
	ts.Check(json.Unmarshal([]byte(last(ts).stdout), &printed))
	if printed.Go != runtime.Version() {
		ts.Fatalf("Go version %s, want %s", printed.Go, runtime.Version())
	}
	if want := languageModules(); len(printed.Languages) != len(want) {
		ts.Fatalf("%d languages, want %d", len(printed.Languages), len(want))
	}
	for _, l := range printed.Languages {
		want := versions[languageModules()[l.Language]]
		if l.Error != "" || len(l.Revision) != 16 || l.Grammar != want || want == "" {
			ts.Fatalf("%+v, want grammar version %q", l, want)
		}
	}
}
