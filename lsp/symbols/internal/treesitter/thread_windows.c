//go:build cgo

#include "thread.h"

#include <process.h>
#include <stdlib.h>

// STACK_SIZE is that of a thread, in bytes, as elsewhere. It is reserved, not used.
#define STACK_SIZE (8u << 20)

bool sc_mutex_init(sc_mutex *mutex) {
  InitializeSRWLock(mutex);
  return true;
}
void sc_mutex_destroy(sc_mutex *mutex) { (void)mutex; }
void sc_mutex_lock(sc_mutex *mutex) { AcquireSRWLockExclusive(mutex); }
void sc_mutex_unlock(sc_mutex *mutex) { ReleaseSRWLockExclusive(mutex); }

bool sc_condition_init(sc_condition *condition) {
  InitializeConditionVariable(condition);
  return true;
}
void sc_condition_destroy(sc_condition *condition) { (void)condition; }
void sc_condition_signal(sc_condition *condition) { WakeConditionVariable(condition); }
void sc_condition_broadcast(sc_condition *condition) { WakeAllConditionVariable(condition); }
void sc_condition_wait(sc_condition *condition, sc_mutex *mutex) {
  SleepConditionVariableSRW(condition, mutex, INFINITE, 0);
}
bool sc_condition_wait_for(sc_condition *condition, sc_mutex *mutex, uint32_t milliseconds) {
  return SleepConditionVariableSRW(condition, mutex, milliseconds, 0) != 0;
}

typedef struct {
  void (*function)(void *);
  void *argument;
} call;

static void main_of_thread(void *argument) {
  call c = *(call *)argument;
  free(argument);
  c.function(c.argument);
}

bool sc_thread_start(void (*function)(void *), void *argument) {
  call *c = malloc(sizeof *c);
  if (c == NULL) return false;
  *c = (call){function, argument};
  if (_beginthread(main_of_thread, STACK_SIZE, c) != (uintptr_t)-1) return true;
  free(c);
  return false;
}

void sc_thread_set_idle(void) {
  SetThreadPriority(GetCurrentThread(), THREAD_MODE_BACKGROUND_BEGIN); // disk and memory
  SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_IDLE);
}
