//go:build cgo && !windows

#define _GNU_SOURCE
#include "thread.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

// STACK_SIZE is that of a thread, in bytes: what Linux gives by default. It is
// reserved, not used; musl and macOS would give 128 and 512 KiB.
#define STACK_SIZE (8u << 20)

bool sc_mutex_init(sc_mutex *mutex) { return pthread_mutex_init(mutex, NULL) == 0; }
void sc_mutex_destroy(sc_mutex *mutex) { pthread_mutex_destroy(mutex); }
void sc_mutex_lock(sc_mutex *mutex) { pthread_mutex_lock(mutex); }
void sc_mutex_unlock(sc_mutex *mutex) { pthread_mutex_unlock(mutex); }

bool sc_condition_init(sc_condition *condition) { return pthread_cond_init(condition, NULL) == 0; }
void sc_condition_destroy(sc_condition *condition) { pthread_cond_destroy(condition); }
void sc_condition_signal(sc_condition *condition) { pthread_cond_signal(condition); }
void sc_condition_broadcast(sc_condition *condition) { pthread_cond_broadcast(condition); }
void sc_condition_wait(sc_condition *condition, sc_mutex *mutex) { pthread_cond_wait(condition, mutex); }

bool sc_condition_wait_for(sc_condition *condition, sc_mutex *mutex, uint32_t milliseconds) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += milliseconds / 1000;
  until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  return pthread_cond_timedwait(condition, mutex, &until) == 0;
}

typedef struct {
  void (*function)(void *);
  void *argument;
} call;

static void *main_of_thread(void *argument) {
  call c = *(call *)argument;
  free(argument);
  c.function(c.argument);
  return NULL;
}

bool sc_thread_start(void (*function)(void *), void *argument) {
  call *c = malloc(sizeof *c);
  if (c == NULL) return false;
  *c = (call){function, argument};
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    free(c);
    return false;
  }
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  // Signals are Go's business, on Go's threads. A thread inherits the mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  bool started = pthread_create(&thread, &attributes, main_of_thread, c) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (!started) free(c);
  return started;
}

#if defined(__linux__)

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// What ioprio_set(2) takes, for which the C library has no header.
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

// Nice 19 and no SCHED_IDLE: beside two busy processes on each processor a thread has
// 0.7 % of it instead of 0.15 %. A process ends when all of its threads have run once
// more, which took 0.2 to 0.6 s instead of 1 to 3 s there. Nice 19 alone holds a language
// server up by a fifth; contention_linux.c sees to the rest.
void sc_thread_set_idle(void) {
  // By number: musl refuses sched_setscheduler, as POSIX means a process by it.
  struct sched_param none = {0};
  if (syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER) { // what is lower already stays so
    syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &none); // when it wakes it interrupts nobody
  }
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19); // on Linux that is one thread
  syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
}

#elif defined(__APPLE__)

#include <pthread/qos.h>

void sc_thread_set_idle(void) { pthread_set_qos_class_self_np(QOS_CLASS_BACKGROUND, 0); }

#else

// No other system is known to have a priority of one thread that anybody may lower.
void sc_thread_set_idle(void) {}

#endif
