/*
 * A wall clock that jumps: preloaded into every process of a session, it adds the seconds that stand in the file named
 * by NY_CLOCK to what the system says about the time of day. The monotonic clock is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long jump(void) {
  const char *file = getenv("NY_CLOCK");
  FILE *in = file ? fopen(file, "r") : NULL;
  long seconds = 0;
  if (in) {
    if (fscanf(in, "%ld", &seconds) != 1) seconds = 0;
    fclose(in);
  }
  return seconds;
}

int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(id, at);
  if (done == 0 && id == CLOCK_REALTIME) at->tv_sec += jump();
  return done;
}

int gettimeofday(struct timeval *at, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int done = real(at, zone);
  if (done == 0) at->tv_sec += jump();
  return done;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
