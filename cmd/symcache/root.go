package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// streams are the standard streams: data goes to out, all else to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// maxJobs bounds --jobs: each job has a file open and a file's content in memory,
// and more of them than processors only help where the disk is far away.
const maxJobs = 256

// app is what the commands share: the streams and the global flags.
type app struct {
	streams
	cacheDir string
	jobs     int
	logLevel string
	json     bool
	color    string

	// misuse is the mistake of asking a command, misused, for help about what there is not.
	misuse  error
	misused *cobra.Command

	// variables has the environment's variable of each flag that one has set.
	variables map[string]string
}

// newRoot returns the command tree.
func newRoot(std streams) *cobra.Command {
	root, _ := newCommands(std)
	return root
}

func newCommands(std streams) (*cobra.Command, *app) {
	a := &app{streams: std, variables: make(map[string]string)}
	root := &cobra.Command{
		Use:   "symcache",
		Short: "The symbols of your source tree, at once",
		Long:  `symcache keeps the symbols of every source file it has ever seen, addressed by the content, and answers editors from them while the real language server is still loading. It knows ` + languageNames() + `.`,
		Example: `  symcache warm ~/src/kubernetes        # parse a tree once
  symcache query Kubelet ~/src/kubernetes
  symcache serve                        # what an editor starts`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("version") {
				return nil // it is asked where something is wrong
			}
			return a.fromEnvironment(cmd.Flags())
		},
	}
	// Not by cobra, whose templates cost a tenth of the program: with them the linker keeps every method.
	version := root.Flags().BoolP("version", "V", false, "print the version")
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(flagError)

	flags := root.PersistentFlags()
	flags.StringVar(&a.cacheDir, "cache-dir", "", "the cache is in `DIR` [$SYMCACHE_DIR] (default: symcache in the user cache directory)")
	flags.IntVar(&a.jobs, "jobs", min(runtime.GOMAXPROCS(0), maxJobs), "work on `N` files at once [$SYMCACHE_JOBS] (default: one for each processor)")
	flags.Lookup("jobs").DefValue = "0" // which help does not print: it is another one on each machine
	flags.StringVar(&a.logLevel, "log-level", "warn", "`LEVEL` of messages: debug, info, warn or error [$SYMCACHE_LOG_LEVEL]")
	mustComplete(root.RegisterFlagCompletionFunc("log-level",
		cobra.FixedCompletions(levels, cobra.ShellCompDirectiveNoFileComp)))
	mustComplete(root.MarkPersistentFlagDirname("cache-dir"))

	root.AddCommand(a.warm(), a.serve(), a.query(), a.symbols(), a.status(), a.stats(),
		a.gc(), a.verify(), a.clear(), a.uninstall(), a.doctor(), a.bug(), a.showConfig(), a.version(), a.man())
	root.InitDefaultCompletionCmd()
	a.setHelp(root)
	checkArgs(root)
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *version {
			_, err := fmt.Fprintf(a.out, "symcache %s\n", programVersion)
			return err
		}
		return a.runHere(cmd, args)
	}
	return root, a
}

// checkArgs has a command and its subcommands report wrong arguments as mistakes in usage.
func checkArgs(c *cobra.Command) {
	if !c.Runnable() {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		}
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	} else if c.HasParent() && c.Parent().Name() == "completion" {
		c.Args = noArgs
	}
	for _, below := range c.Commands() {
		checkArgs(below)
	}
}

// mustComplete panics on an error that only a mistake in a flag's name can cause.
func mustComplete(err error) {
	if err != nil {
		panic(err)
	}
}

// fromEnvironment gives flags that were not set the value of their variable.
func (a *app) fromEnvironment(flags *pflag.FlagSet) error {
	for name, variable := range map[string]string{
		"cache-dir": "SYMCACHE_DIR", "jobs": "SYMCACHE_JOBS", "log-level": "SYMCACHE_LOG_LEVEL",
		"log-file": "SYMCACHE_LOG_FILE", "max-file-size": "SYMCACHE_MAX_FILE_SIZE", "max-size": "SYMCACHE_MAX_SIZE", "max-age": "SYMCACHE_MAX_AGE",
	} {
		value := os.Getenv(variable)
		if flag := flags.Lookup(name); flag == nil || flag.Changed || value == "" {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			if of := (*pflag.InvalidValueError)(nil); errors.As(err, &of) {
				err = valueError(of)
			}
			return usage(fmt.Errorf("$%s: %w", variable, err))
		}
		a.variables[name] = variable
	}
	if a.jobs < 1 || a.jobs > maxJobs {
		return usage(fmt.Errorf("%s must be from 1 to %d", a.flagName("jobs"), maxJobs))
	}
	if _, err := parseLevel(a.logLevel); err != nil {
		return usage(fmt.Errorf("%s: %w", a.flagName("log-level"), err))
	}
	return nil
}

// flagName names a flag as the user has set it: by itself or by its variable.
func (a *app) flagName(name string) string {
	if variable := a.variables[name]; variable != "" {
		return "$" + variable
	}
	return "--" + name
}

// level is that of --log-level.
func (a *app) level() slog.Level {
	level, err := parseLevel(a.logLevel)
	if err != nil {
		return slog.LevelWarn // never: fromEnvironment has refused all others
	}
	return level
}

// logger writes messages for people to standard error. That of a server is serverLogger.
func (a *app) logger() *slog.Logger { return slog.New(newMessages(a.err, a.level())) }

// root returns the absolute directory of the cache.
func (a *app) root() (string, error) {
	if a.cacheDir == "" {
		return cachestore.DefaultRoot()
	}
	root, err := filepath.Abs(a.cacheDir)
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	return root, nil
}

// store opens the cache.
func (a *app) store(log *slog.Logger) (*cachestore.Store, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	opts, err := a.storeOptions(log)
	if err != nil {
		return nil, err
	}
	store, err := cachestore.Open(root, opts)
	if err != nil {
		return nil, fmt.Errorf("open the cache: %w", withRemedy(err))
	}
	return store, nil
}

// withRemedy says what to do about a directory that cannot hold a cache.
func withRemedy(err error) error {
	by := remedy{advice: "choose another directory with --cache-dir or $SYMCACHE_DIR"}
	var place *cachestore.PlaceError
	if errors.As(err, &place) {
		by = mendPlace(place)
	}
	return fmt.Errorf("%w\nTo mend it: %s", err, cmp.Or(by.fix, by.advice))
}

// storeOptions are those of the cache, with the base caches of $SYMCACHE_BASE.
func (a *app) storeOptions(log *slog.Logger) (cachestore.Options, error) {
	opts := cachestore.Options{Logger: log}
	for _, path := range filepath.SplitList(os.Getenv("SYMCACHE_BASE")) {
		if path == "" {
			continue
		}
		base, err := filepath.Abs(path)
		if err != nil {
			return opts, fmt.Errorf("find the base cache %q: %w", path, err)
		}
		opts.Base = append(opts.Base, base)
	}
	return opts, nil
}

// storeOrBases opens the cache. Where there is no place for one, it logs the reason and the remedy, and opens the
// base caches alone: answers come from there, or are parsed each time.
func (a *app) storeOrBases(log *slog.Logger) (*cachestore.Store, error) {
	opts, err := a.storeOptions(log)
	if err != nil {
		return nil, err
	}
	root, err := a.root()
	if err == nil {
		var store *cachestore.Store
		if store, err = cachestore.Open(root, opts); err == nil {
			return store, nil
		}
	}
	doing := "nothing is kept: each start parses anew"
	if len(opts.Base) > 0 {
		doing = "nothing is kept: what base caches do not have is parsed anew at each start"
	}
	log.Warn(doing, "directory", root, "err", withRemedy(err))
	return cachestore.OpenBases(opts)
}

// walkFlags are the flags of commands that look at source trees.
type walkFlags struct {
	maxFileSize byteSize
	exclude     globs
	include     directories
	macros      macroShapes
	noIgnore    bool
	followLinks bool
	home        bool // the directories were named: one of them may be the home directory

	answerBudget time.Duration // see workspace.Config
}

func (w *walkFlags) add(flags *pflag.FlagSet) {
	w.maxFileSize = contents.DefaultMaxFileSize
	flags.Var(&w.maxFileSize, "max-file-size", "skip files above this `SIZE` [$SYMCACHE_MAX_FILE_SIZE]")
	flags.BoolVar(&w.noIgnore, "no-ignore", false, "do not respect ignore files (.gitignore, .ignore, git's excludes)")
	flags.BoolVar(&w.followLinks, "follow-links", false, "look also at what symbolic links lead to outside of each PATH")
	flags.Var(&w.include, "include", "look only at the directory `DIR` below each PATH, and at files directly above it (may be repeated)")
	flags.Var(&w.exclude, "exclude", "skip files that match `GLOB`, in gitignore syntax (may be repeated)")
	w.macros.add(flags)
}

// engine returns the engine that turns sources into symbols. The error is that of a program that was built
// without cgo and has none. A command that ignored it would find nothing and succeed.
func (a *app) engine(w *walkFlags, store *cachestore.Store, log *slog.Logger) (*contents.Engine, error) {
	engine := contents.NewEngine(a.engineConfig(w, store, log))
	return engine, engine.Check()
}

func (a *app) engineConfig(w *walkFlags, store *cachestore.Store, log *slog.Logger) contents.Config {
	return contents.Config{Store: store, Jobs: a.jobs, MaxFileSize: int64(w.maxFileSize), Macros: w.macros, Logger: log}
}

// config says how a workspace is to look at its roots.
func (w *walkFlags) config() workspace.Config {
	return workspace.Config{
		Settings: workspace.Settings{Exclude: w.exclude, Include: w.include, FollowLinks: w.followLinks, IndexHome: w.home},
		NoIgnore: w.noIgnore, Getenv: os.Getenv, AnswerBudget: w.answerBudget,
	}
}
