//go:build cgo

#include "contention.h"
#include "pool.h"
#include "thread.h"

#include <stdlib.h>
#include <string.h>

// REST_MS is how long a thread without a job stays, in milliseconds. A scan hands over
// its texts a few milliseconds apart; starting a thread takes some 50 us.
#define REST_MS 2000u

enum { QUEUED, RUNNING, DONE };

struct sc_job {
  sc_job *next; // in the queue
  sc_pool *pool;
  sc_grammar *grammar; // NULL: the job is a mere turn
  char *text;      // a copy
  uint32_t length;
  uint32_t flags; // the result, once the job is done
  sc_limits limits;
  sc_runner runner;
  sc_condition changed; // signalled when the job is done or cancelled
  int state;
  bool cancelled;
  bool released; // by its owner, while it ran
};

struct sc_pool {
  sc_mutex mutex; // guards all that follows, and the jobs' states
  sc_condition work;
  sc_job *first, *last; // the queue
  uint32_t queued;
  uint32_t threads, max_threads;
  uint32_t resting;    // threads that wait for work
  uint32_t references; // the owner, the threads and the jobs
  bool closed;
};

sc_pool *sc_pool_new(uint32_t max_threads) {
  sc_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  pool->max_threads = max_threads;
  pool->references = 1;
  if (sc_mutex_init(&pool->mutex)) {
    if (sc_condition_init(&pool->work)) return pool;
    sc_mutex_destroy(&pool->mutex);
  }
  free(pool);
  return NULL;
}

// unlock_and_forget gives up one reference to the pool, and its mutex.
static void unlock_and_forget(sc_pool *pool) {
  bool last = --pool->references == 0;
  sc_mutex_unlock(&pool->mutex);
  if (!last) return;
  sc_condition_destroy(&pool->work);
  sc_mutex_destroy(&pool->mutex);
  free(pool);
}

void sc_pool_close(sc_pool *pool) {
  sc_mutex_lock(&pool->mutex);
  pool->closed = true;
  sc_condition_broadcast(&pool->work);
  unlock_and_forget(pool);
}

// free_job frees what no thread looks at any more. The pool is not locked.
static void free_job(sc_job *job) {
  if (job->grammar != NULL) sc_grammar_release(job->grammar);
  sc_condition_destroy(&job->changed);
  free(job->runner.tree.nodes);
  free(job->text);
  free(job);
}

static sc_job *take(sc_pool *pool) {
  sc_job *job = pool->first;
  if (job == NULL) return NULL;
  pool->first = job->next;
  pool->queued--;
  job->state = RUNNING;
  return job;
}

// next waits for a job; NULL: there was none for a while, or the pool is closed.
static sc_job *next(sc_pool *pool) {
  for (bool woken = true;;) {
    sc_job *job = take(pool);
    if (job != NULL || pool->closed || !woken) return job;
    pool->resting++;
    woken = sc_condition_wait_for(&pool->work, &pool->mutex, REST_MS);
    pool->resting--;
  }
}

static void work(void *argument) {
  sc_thread_set_idle();
  sc_pool *pool = argument;
  sc_contention contention = {0};
  sc_mutex_lock(&pool->mutex);
  for (sc_job *job; (job = next(pool)) != NULL;) {
    sc_mutex_unlock(&pool->mutex);
    sc_contention_rest(&contention, pool->max_threads);
    if (job->grammar != NULL) {
      job->flags = sc_run(&job->runner, job->grammar, job->text, job->length, &job->limits);
    }
    sc_mutex_lock(&pool->mutex);
    job->state = DONE;
    if (job->released) {
      sc_mutex_unlock(&pool->mutex);
      free_job(job);
      sc_mutex_lock(&pool->mutex);
      pool->references--; // the thread's own keeps the pool
    } else {
      sc_condition_signal(&job->changed);
    }
  }
  pool->threads--;
  unlock_and_forget(pool);
  sc_contention_end(&contention);
}

// enqueue appends a job and sees to a thread for it. Without any it is false.
static bool enqueue(sc_pool *pool, sc_job *job) {
  if (pool->queued + 1 > pool->resting && pool->threads < pool->max_threads) {
    if (sc_thread_start(work, pool)) {
      pool->threads++;
      pool->references++;
    } else if (pool->threads == 0) {
      return false;
    }
  }
  if (pool->first == NULL) {
    pool->first = job;
  } else {
    pool->last->next = job;
  }
  pool->last = job;
  pool->queued++;
  pool->references++;
  sc_condition_signal(&pool->work);
  return true;
}

sc_job *sc_job_start(sc_pool *pool, sc_grammar *grammar, const char *text, uint32_t length, const sc_limits *limits) {
  sc_job *job = calloc(1, sizeof *job);
  if (job == NULL) return NULL;
  if (!sc_condition_init(&job->changed)) {
    free(job);
    return NULL;
  }
  job->pool = pool;
  if (grammar != NULL) {
    job->text = malloc(length > 0 ? length : 1);
    if (job->text == NULL) {
      free_job(job);
      return NULL;
    }
    memcpy(job->text, text, length);
    job->length = length;
    job->limits = *limits;
    job->grammar = grammar;
    sc_grammar_retain(grammar);
  }
  sc_mutex_lock(&pool->mutex);
  bool queued = enqueue(pool, job);
  sc_mutex_unlock(&pool->mutex);
  if (queued) return job;
  free_job(job);
  return NULL;
}

uint32_t sc_job_wait(sc_job *job) {
  sc_mutex_lock(&job->pool->mutex);
  while (job->state != DONE && !job->cancelled) sc_condition_wait(&job->changed, &job->pool->mutex);
  uint32_t flags = job->cancelled ? SC_CANCELLED : job->flags;
  sc_mutex_unlock(&job->pool->mutex);
  return flags;
}

void sc_job_cancel(sc_job *job) {
  sc_mutex_lock(&job->pool->mutex);
  job->cancelled = true;
  __atomic_store_n(&job->runner.cancelled, 1, __ATOMIC_RELAXED);
  sc_condition_signal(&job->changed);
  sc_mutex_unlock(&job->pool->mutex);
}

sc_runner *sc_job_result(sc_job *job) { return &job->runner; }

// unqueue takes a job out of the queue.
static void unqueue(sc_pool *pool, sc_job *job) {
  sc_job *before = NULL;
  for (sc_job *j = pool->first; j != job; j = j->next) before = j;
  if (before == NULL) {
    pool->first = job->next;
  } else {
    before->next = job->next;
  }
  if (pool->last == job) pool->last = before;
  pool->queued--;
}

void sc_job_release(sc_job *job) {
  sc_pool *pool = job->pool;
  sc_mutex_lock(&pool->mutex);
  if (job->state == RUNNING) {
    job->released = true;
    sc_mutex_unlock(&pool->mutex);
    return;
  }
  if (job->state == QUEUED) unqueue(pool, job);
  sc_mutex_unlock(&pool->mutex);
  free_job(job);
  sc_mutex_lock(&pool->mutex);
  unlock_and_forget(pool);
}
