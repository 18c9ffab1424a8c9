/* A progress line on standard error. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds in which nothing can be said of the speed of a phase. */
static const double brief = 0.05;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void iclgd_progress_start(iclgd_progress_line *line, bool quiet) {
  const char *term = getenv("TERM");
  *line = (iclgd_progress_line){
      .quiet = quiet,
      .terminal = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb")),
      .started = now(),
      .shown = now(),
      .phase = "",
  };
}

void iclgd_progress_rate(char *out, size_t size, double rate, size_t prompts) {
  const double each = rate * (double)prompts;
  if (prompts == 0)
    snprintf(out, size, "%.0f/s", rate);
  else if (each >= 1e6)
    snprintf(out, size, "%.1f M prompts/s", 1e-6 * each);
  else if (each >= 1e3)
    snprintf(out, size, "%.0f k prompts/s", 1e-3 * each);
  else
    snprintf(out, size, "%.0f prompts/s", each);
}

void iclgd_progress_show(void *context, const iclgd_progress *p) {
  iclgd_progress_line *line = context;
  if (line->quiet) return;
  const double time = now();
  if (strcmp(line->phase, p->phase) != 0 || line->run != p->run) {
    line->phase = p->phase;
    line->run = p->run;
    line->started = time;
    if (!line->terminal) line->shown = time;
  }
  const double interval = line->terminal ? 0.1 : 10;
  if (time - line->shown < interval || p->done == 0) return;
  line->shown = time;
  const double spent = time - line->started;
  const double rate = (double)p->done / (spent + 1e-9);
  char text[160], part[48] = "", loss[32] = "", speed[32], left[32] = "";
  if (p->runs > 1) snprintf(part, sizeof part, " %zu/%zu", p->run + 1, p->runs);
  if (!isnan(p->loss)) snprintf(loss, sizeof loss, "  loss %.4g", p->loss);
  *speed = '\0';
  if (spent > brief) {
    iclgd_progress_rate(speed, sizeof speed, rate, p->prompts);
    snprintf(left, sizeof left, "  %.0f s left",
             (double)(p->total - p->done) / rate);
  }
  snprintf(text, sizeof text, "%s%s  %zu/%zu%s  %s%s", p->phase, part, p->done,
           p->total, loss, speed, left);
  if (line->terminal)
    fprintf(stderr, "\r\033[K%.79s", text);
  else
    fprintf(stderr, "iclgd: %s\n", text);
  line->drawn = true;
}

void iclgd_progress_end(iclgd_progress_line *line) {
  if (line->drawn && line->terminal) fputs("\r\033[K", stderr);
  line->drawn = false;
}
