// The few operations on threads that pool.c needs. POSIX and Windows each have them
// under other names.

#ifndef SYMCACHE_THREAD_H
#define SYMCACHE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
typedef SRWLOCK sc_mutex;
typedef CONDITION_VARIABLE sc_condition;
#else
#include <pthread.h>
typedef pthread_mutex_t sc_mutex;
typedef pthread_cond_t sc_condition;
#endif

bool sc_mutex_init(sc_mutex *mutex);
void sc_mutex_destroy(sc_mutex *mutex);
void sc_mutex_lock(sc_mutex *mutex);
void sc_mutex_unlock(sc_mutex *mutex);

bool sc_condition_init(sc_condition *condition);
void sc_condition_destroy(sc_condition *condition);
void sc_condition_signal(sc_condition *condition);
void sc_condition_broadcast(sc_condition *condition);
void sc_condition_wait(sc_condition *condition, sc_mutex *mutex);
// sc_condition_wait_for returns false when the time has passed without a signal.
bool sc_condition_wait_for(sc_condition *condition, sc_mutex *mutex, uint32_t milliseconds);

// sc_thread_start runs a function on a thread of its own, to which no signal is
// delivered. It returns false where no thread can be had.
bool sc_thread_start(void (*function)(void *), void *argument);

// sc_thread_set_idle gives the calling thread next to nothing of a processor or the disk
// that somebody else wants. Nothing brings it back: on Linux that takes a privilege.
void sc_thread_set_idle(void);

#endif
