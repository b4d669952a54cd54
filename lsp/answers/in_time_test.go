package answers

import (
	"testing"
	"time"
)

// The name of an open file is the one that follows from the roots while its disk hangs.
func TestInTime(t *testing.T) {
	t.Parallel()
	hung, found := make(chan struct{}), make(chan struct{})
	name := inTime(func() string {
		<-hung
		defer close(found)
		return "found"
	}, time.Millisecond, func() string { return "instead" })
	if a, b := name(), name(); a != "instead" || b != "instead" {
		t.Errorf("%s, %s", a, b)
	}
	close(hung)
	<-found
	for deadline := time.Now().Add(patience); name() != "found"; {
		if time.Now().After(deadline) {
			t.Fatal("what was found late is not used")
		}
	}
}
