// A pool of threads of idle priority, which run while a processor has nothing else to do,
// and rest while others keep them waiting. A run of the parser that nobody waits for is
// handed to one of them as a job, together with a copy of its text, and its owner waits
// or goes away:
//
//   sc_job_start -> queued -> running -> done -> the owner reads the result -> sc_job_release
//                       \________\__ sc_job_cancel: the owner stops waiting at once
//
// A thread that gets no processor cannot even notice that its job was cancelled, for
// seconds. So the owner never waits for it: a job that is released while it runs is
// freed by its thread.

#ifndef SYMCACHE_POOL_H
#define SYMCACHE_POOL_H

#include "run.h"

typedef struct sc_pool sc_pool;
typedef struct sc_job sc_job;

// sc_pool_new returns a pool of so many threads at most, or NULL. They are started
// when there are jobs and end when there have been none for a while.
sc_pool *sc_pool_new(uint32_t max_threads);

// sc_pool_close ends the threads. Jobs that run are finished first. It waits for nothing.
void sc_pool_close(sc_pool *pool);

// sc_job_start queues a run, as of sc_run. Without a grammar it does nothing but wait
// for a thread's turn. It returns NULL where there is neither memory nor a thread.
sc_job *sc_job_start(sc_pool *pool, sc_grammar *grammar, const char *text, uint32_t length, const sc_limits *limits);

// sc_job_wait returns the job's flags when it is done, and SC_CANCELLED as soon as it
// is cancelled.
uint32_t sc_job_wait(sc_job *job);

// sc_job_cancel may be called by any thread until the job is released.
void sc_job_cancel(sc_job *job);

// sc_job_result is what a job that is done has found. It is the owner's until the job
// is released.
sc_runner *sc_job_result(sc_job *job);

void sc_job_release(sc_job *job);

#endif
