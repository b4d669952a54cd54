//go:build cgo

package treesitter

/*
#include "pool.h"
*/
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// IdlePool is threads of the C library that get next to nothing of a processor that
// somebody else wants: nice 19 on Linux, QOS_CLASS_BACKGROUND on macOS, background mode
// on Windows. It is safe for concurrent use.
//
// They are no threads of Go's. A goroutine on such a thread would hold its P, or a
// mutex, while the thread waits for a processor, and all of the program would wait
// with it.
type IdlePool struct{ pool *C.sc_pool }

// NewIdlePool returns a pool of at most n threads. They are started when they are
// needed, and end when the pool is collected or has had nothing to do for 2 seconds.
func NewIdlePool(n int) (*IdlePool, error) {
	pool := C.sc_pool_new(C.uint32_t(n))
	if pool == nil {
		return nil, errOutOfMemory
	}
	p := &IdlePool{pool: pool}
	runtime.AddCleanup(p, func(pool *C.sc_pool) { C.sc_pool_close(pool) }, pool)
	return p, nil
}

// Parse is Parser.Parse on one of the pool's threads, on a copy of text. Runs beyond the
// number of threads wait for their turn. It returns as soon as ctx ends, even if the
// thread gets no processor to notice it; the thread then gives up when it does.
func (p *IdlePool) Parse(ctx context.Context, g *Grammar, text []byte, limits Limits, use func(*Result)) error {
	defer runtime.KeepAlive(p)
	job := C.sc_job_start(p.pool, g.grammar, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint32_t(len(text)),
		(*C.sc_limits)(unsafe.Pointer(&limits)))
	runtime.KeepAlive(g) // the job has it now
	if job == nil {
		return ErrNoThread
	}
	defer C.sc_job_release(job)
	defer whenEnded(ctx, func() { C.sc_job_cancel(job) })()
	return result(ctx, g, C.sc_job_result(job), C.sc_job_wait(job), use)
}

// Turn waits until one of the pool's threads has had a processor. Work that a program
// does in other threads after a turn disturbs others little if it is short: there was
// a processor to spare just now.
func (p *IdlePool) Turn(ctx context.Context) error {
	defer runtime.KeepAlive(p)
	job := C.sc_job_start(p.pool, nil, nil, 0, nil)
	if job == nil {
		return ErrNoThread
	}
	defer C.sc_job_release(job)
	defer whenEnded(ctx, func() { C.sc_job_cancel(job) })()
	if C.sc_job_wait(job)&C.SC_CANCELLED != 0 {
		return context.Cause(ctx)
	}
	return nil
}
