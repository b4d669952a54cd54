package cachestore

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	// forEnv has TestSoak go on for a time, such as 1h; make soak sets it.
	forEnv = "SYMCACHE_TEST_FOR"

	// seedEnv repeats the random numbers of a test that failed.
	seedEnv = "SYMCACHE_TEST_SEED"
)

// TestSoak runs again and again what depends on chance: which operations follow each other, when a process is
// killed, who comes first. It ends with the first round that fails.
func TestSoak(t *testing.T) {
	value := os.Getenv(forEnv)
	if value == "" {
		t.Skipf("runs for as long as %s says", forEnv)
	}
	limit, err := time.ParseDuration(value)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for round := 1; !t.Failed() && time.Since(began) < limit; round++ {
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			t.Run("Model", TestModel)
			t.Run("KilledWriters", TestKilledWriters)
			t.Run("KillAtEachStep", TestKillAtEachStep)
			t.Run("FailureAtEachStep", TestFailureAtEachStep)
			t.Run("ComputeOncePerMachine", TestComputeOncePerMachine)
			t.Run("LockHasOneHolder", TestLockHasOneHolder)
			t.Run("WritersOfOneKey", TestWritersOfOneKey)
			t.Run("VerifyFindsEveryFlip", TestVerifyFindsEveryFlip)
			t.Run("ClearWhileOthersWrite", TestClearWhileOthersWrite)
			t.Run("EverythingAtOnce", TestEverythingAtOnce)
			t.Run("MergeBesideReaders", TestMergeBesideReaders)
			t.Run("VerifyBesideWriters", TestVerifyBesideWriters)
			t.Run("ConcurrentCollections", TestConcurrentCollections)
			t.Run("ConcurrentPublishers", TestConcurrentPublishers)
		})
	}
}

// newRand returns random numbers that are others each time. Their seed is logged, and can be given.
func newRand(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if value := os.Getenv(seedEnv); value != "" {
		var err error
		if seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedEnv, seed)
	return rand.New(rand.NewPCG(seed, 0))
}
