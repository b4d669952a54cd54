//go:build cgo && !linux

#include "contention.h"

// Windows and macOS keep threads in background mode off the processors that others want.
void sc_contention_rest(sc_contention *c, uint32_t threads) {
  (void)c;
  (void)threads;
}

void sc_contention_end(sc_contention *c) { (void)c; }
