//go:build cgo

#define _GNU_SOURCE
#include "contention.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// Nice 19 is not enough to leave a language server alone. A thread of it takes up a
// processor that the kernel could have given to a thread of the server, which it moves
// only after a while. And where each program has a session of its own, as Neovim starts
// them, the kernel shares the processors out by session first, whatever the threads of
// each are like (sched_autogroup). So a thread that had to wait for others sleeps:
//
//   |<- 4 samples: waited more than 20 % of each ->| sleep 4 ms | sample: waited | sleep 8 ms | sample | ... 64 ms
//
// One sample without waiting ends that. A thread that waits for other threads of its own
// process, as in a scan that has the machine to itself, does not sleep: the process then
// uses most of the processors that it may. It may still wait for a moment although another
// processor is free, since the kernel moves a thread late; so one sample says little.
#define SAMPLE_NS 5000000ull // taking a sample costs 2 us
#define CONTENDED 4u         // samples in a row
#define FIRST_PAUSE_MS 4u
#define LONGEST_PAUSE_MS 64u // beside a sample's work that is 7 % of a processor; and so late it notices that others are done

// WAITED_SHARE is the part of the time, one in so many, from which on waiting counts: interrupts and the kernel's own
// threads take less.
#define WAITED_SHARE 5u

// A process that uses less than 60 % of its processors while its threads wait has company.
#define OWN_PERCENT 60u

static uint64_t now(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// waited returns how long the calling thread has waited for a processor in its life: the
// second number of schedstat, see Documentation/scheduler/sched-stats.rst of Linux.
static uint64_t waited(int file) {
  char text[96];
  ssize_t n = pread(file, text, sizeof text - 1, 0);
  if (n <= 0) return 0;
  text[n] = '\0';
  char *end;
  (void)strtoull(text, &end, 10);
  return strtoull(end, NULL, 10);
}

void sc_contention_rest(sc_contention *c, uint32_t threads) {
  uint64_t at = now(CLOCK_MONOTONIC);
  if (at - c->at < SAMPLE_NS) return;
  if (c->file == 0) c->file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (c->file < 0) return; // no /proc, or a kernel that keeps no account
  sc_contention before = *c;
  c->at = at;
  c->waited = waited(c->file);
  c->process = now(CLOCK_PROCESS_CPUTIME_ID);
  if (before.at == 0) return;
  uint64_t elapsed = c->at - before.at;
  if ((c->waited - before.waited) * WAITED_SHARE < elapsed ||
      (c->process - before.process) * 100 > elapsed * threads * OWN_PERCENT) {
    c->contended = 0;
    return;
  }
  if (++c->contended < CONTENDED) return;
  uint32_t milliseconds = FIRST_PAUSE_MS;
  for (uint32_t i = CONTENDED; i < c->contended && milliseconds < LONGEST_PAUSE_MS; i++) milliseconds *= 2;
  struct timespec pause = {.tv_nsec = (long)milliseconds * 1000000};
  nanosleep(&pause, NULL);
  c->at = now(CLOCK_MONOTONIC);
  c->process = now(CLOCK_PROCESS_CPUTIME_ID);
}

void sc_contention_end(sc_contention *c) {
  if (c->file > 0) close(c->file);
}
