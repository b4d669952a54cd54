// Whether others want the processors that a pool of threads uses.

#ifndef SYMCACHE_CONTENTION_H
#define SYMCACHE_CONTENTION_H

#include <stdint.h>

// sc_contention is what one thread knows of it. All zero at first.
typedef struct {
  int file;            // the kernel's account of the thread; 0: not opened, -1: there is none
  uint64_t at;         // when the last sample was taken; all times are in nanoseconds
  uint64_t waited;     // for a processor until then, by this thread
  uint64_t process;    // processor time of the whole process until then
  uint32_t contended;  // samples in a row in which others wanted the thread's processor
} sc_contention;

// sc_contention_rest is called by a thread of the pool between two jobs. It sleeps for a
// while if the thread had to wait for a processor that another process used. Threads is
// how many processors the program may use.
void sc_contention_rest(sc_contention *c, uint32_t threads);

void sc_contention_end(sc_contention *c);

#endif
