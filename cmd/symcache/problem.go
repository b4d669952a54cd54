package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/symcache/symcache/cachestore"
)

// remedy mends a problem.
type remedy struct {
	fix    string // a command for a shell, to be run as it is; empty when none does good in all cases
	advice string // in words; empty when there is such a command
}

// elsewhere is the advice where a directory cannot hold a cache.
const elsewhere = "--cache-dir DIR, or SYMCACHE_DIR=DIR, with a directory on a local disk"

// describeProblem says what a problem of a cache is, and what mends it.
func describeProblem(d *cachestore.Diagnosis, p cachestore.Problem, maxSize int64) (text string, by remedy) {
	command := func(words string) string { return "symcache " + words + " --cache-dir " + shellQuote(d.Root) }
	switch p.Code {
	case cachestore.ProblemNoPlace:
		var place *cachestore.PlaceError
		if !errors.As(p.Err, &place) {
			return fmt.Sprintf("nothing can be stored: %v", p.Err), remedy{advice: elsewhere}
		}
		return "nothing can be stored: " + place.Error(), mendPlace(place)
	case cachestore.ProblemFileSystem:
		return fmt.Sprintf("the file system of %s cannot be asked: %v", p.Path, p.Err), remedy{advice: "look at the disk"}
	case cachestore.ProblemNetwork:
		return fmt.Sprintf("the cache is on a network file system (%s): it works, but slowly", d.FileSystem), remedy{advice: elsewhere}
	case cachestore.ProblemMemory:
		return fmt.Sprintf("the cache is in memory (%s): it is lost when the machine stops", d.FileSystem), remedy{advice: elsewhere}
	case cachestore.ProblemFull:
		by := remedy{advice: "make room on the disk, or " + elsewhere}
		if d.Stats.Bytes > smallBudget { // else a collection makes no room
			by = remedy{fix: command("gc --max-size 500MiB")}
		}
		return fmt.Sprintf("only %s are free in %s", formatBytes(p.Number), p.Path), by
	case cachestore.ProblemReadable:
		return fmt.Sprintf("%s has mode %04o: others may look into it", p.Path, p.Number),
			remedy{advice: "unless you share it, chmod 700 " + shellQuote(p.Path)}
	case cachestore.ProblemNoLocks:
		return fmt.Sprintf("the file system has no locks (%v): several processes may parse the same files", p.Err),
			remedy{advice: elsewhere}
	case cachestore.ProblemNoBase:
		return fmt.Sprintf("the base cache %s is not used: %v", p.Path, p.Err),
			remedy{advice: "unset SYMCACHE_BASE, or name a cache that is there"}
	case cachestore.ProblemBaseClosed:
		return fmt.Sprintf("the base cache %s cannot be read: %v", p.Path, p.Err),
			remedy{fix: "sudo chmod -R a+rX " + shellQuote(p.Path)}
	case cachestore.ProblemUnreadable:
		return fmt.Sprintf("the cache cannot be read: %v", p.Err), remedy{fix: command("verify")}
	case cachestore.ProblemDamagedPacks:
		return fmt.Sprintf("%s damaged", packs(p.Number)), remedy{fix: command("verify --repair")}
	case cachestore.ProblemForeignPacks:
		return packs(p.Number) + " of another version of symcache; they go when they have not been used for long",
			remedy{advice: "if no other version is in use, " + command("clear")}
	case cachestore.ProblemOtherLayout:
		return p.Path + " is of another version of symcache", remedy{advice: "if no other version is in use, rm -r " + shellQuote(p.Path)}
	case cachestore.ProblemNotCollected:
		return "garbage was last collected on " + time.Unix(p.Number, 0).Format(time.DateOnly), remedy{fix: command("gc")}
	case cachestore.ProblemOverBudget:
		words := "gc"
		if maxSize != cachestore.DefaultMaxSize {
			words = fmt.Sprintf("gc --max-size %d", maxSize)
		}
		return fmt.Sprintf("the cache has %s, more than the budget", formatBytes(p.Number)), remedy{fix: command(words)}
	}
	return fmt.Sprintf("%s: %s %v", p.Code, p.Path, p.Err), remedy{advice: elsewhere}
}

// smallBudget is the budget, in bytes, that is proposed where a disk is nearly full.
const smallBudget = 500 << 20

func packs(n int64) string {
	if n == 1 {
		return "1 pack is"
	}
	return formatCount(int(n)) + " packs are"
}

// mendPlace says what makes a directory fit for a cache.
func mendPlace(e *cachestore.PlaceError) remedy {
	const other = ", or use another directory: --cache-dir DIR or SYMCACHE_DIR=DIR"
	path := shellQuote(e.Path)
	switch e.Reason {
	case cachestore.PlaceNotDirectory:
		return remedy{advice: "move it away" + other}
	case cachestore.PlaceOfAnother:
		return remedy{fix: "sudo chown -R $(id -u) " + path}
	case cachestore.PlaceUntrusted:
		return remedy{fix: fmt.Sprintf("sudo chown %d %s", e.Owner, path)}
	case cachestore.PlaceOpen:
		return remedy{advice: "if nobody has spoilt it, sudo chmod +t " + path + other}
	case cachestore.PlaceClosed:
		return remedy{advice: "make it writable for you (chmod, chown)" + other}
	}
	return remedy{advice: "look at the disk" + other}
}
