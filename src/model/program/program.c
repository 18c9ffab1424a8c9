/* Asking a program for predictions: one request at a time, checked down to the
 * last byte, so that a fault of the program is told from a number (the protocol
 * stands in iclgd/program.h). */
#include <iclgd/program.h>

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iclgd/rng.h>

#include "model/program/child.h"

_Static_assert(sizeof(double) == 8, "the protocol speaks of float64");

enum { LAYERS_MAX = 4096, LINE_MAX_BYTES = 120, BUFFER = 65536 };

struct iclgd_program {
  iclgd_program_options options;
  iclgd_child child;
  size_t layers;         /* 0: not yet known */
  size_t requests;       /* that were begun */
  double deadline;       /* of the one that is on */
  char buffer[BUFFER];   /* what was read and not yet used, */
  size_t from, to;       /* from .. to of it */
  pthread_mutex_t mutex; /* held while it is asked */
  atomic_int status;     /* of the first failure; then `error` is set */
  iclgd_error error;
};

/* Keep the first failure, and let the program go. */
static bool fail(iclgd_program *p, iclgd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail(iclgd_program *p, iclgd_status status, const char *format,
                 ...) {
  char text[512];
  int unused;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  iclgd_child_end(&p->child, 0, &unused);
  iclgd_fail(&p->error, status, "model.program = %.300s: %s",
             p->options.command, text);
  atomic_store(&p->status, (int)status);
  return false;
}

/* It ends, or at least says nothing any more. */
static bool fail_closed(iclgd_program *p) {
  enum { SECONDS_TO_END = 2 };
  int status;
  char how[80];
  if (!iclgd_child_end(&p->child, SECONDS_TO_END, &status))
    return fail(p, ICLGD_EIO,
                "closed its standard output before request %zu was answered",
                p->requests);
  iclgd_child_ending(status, how, sizeof how);
  return fail(p, ICLGD_EIO,
              "ended with %s before it had answered request %zu%s", how,
              p->requests,
              strcmp(how, "exit code 127") == 0   ? " (no such program)"
              : strcmp(how, "exit code 126") == 0 ? " (not to be executed)"
                                                  : "");
}

static bool fail_transfer(iclgd_program *p, iclgd_transfer how) {
  const int failed = errno;
  if (how == ICLGD_TRANSFER_CLOSED) return fail_closed(p);
  if (how == ICLGD_TRANSFER_LATE)
    return fail(p, ICLGD_EIO,
                "request %zu was not answered within %g s "
                "(model.program_seconds)",
                p->requests, p->options.seconds);
  if (how == ICLGD_TRANSFER_STOPPED)
    return fail(p, ICLGD_STOPPED, "stopped while it was asked");
  return fail(p, ICLGD_EIO, "request %zu: %s", p->requests, strerror(failed));
}

/* What stands in the place of "LAYERS COUNT QUERIES". */
static bool fail_line(iclgd_program *p, const char *line) {
  return fail(p, ICLGD_EIO,
              "expected a line LAYERS COUNT QUERIES on its standard output, "
              "found '%s' (what else it prints belongs on standard error; in "
              "Python, print(..., file=sys.stderr))",
              line);
}

/* More bytes behind those that are there. */
static iclgd_transfer fill(iclgd_program *p) {
  size_t got = 0;
  if (p->from == p->to) p->from = p->to = 0;
  const iclgd_transfer how = iclgd_child_read(
      &p->child, p->buffer + p->to, BUFFER - p->to, p->deadline, &got);
  p->to += got;
  return how;
}

/* The next line, without its end; what has none by then is as long as a header
 * can be, or its writer has ended. */
static bool take_line(iclgd_program *p, char line[LINE_MAX_BYTES + 1]) {
  for (;;) {
    const size_t there = p->to - p->from;
    const size_t most = there < LINE_MAX_BYTES ? there : LINE_MAX_BYTES;
    const char *end = memchr(p->buffer + p->from, '\n', most);
    const size_t length = end ? (size_t)(end - p->buffer) - p->from : most;
    memcpy(line, p->buffer + p->from, length);
    line[length] = '\0';
    if (end) {
      p->from += length + 1;
      return true;
    }
    if (there >= LINE_MAX_BYTES) return fail_line(p, line);
    const iclgd_transfer how = fill(p);
    if (how == ICLGD_TRANSFER_CLOSED && there > 0) return fail_line(p, line);
    if (how != ICLGD_TRANSFER_DONE) return fail_transfer(p, how);
  }
}

/* Three whole numbers and nothing else. */
static bool parse_line(const char *line, size_t out[3]) {
  char *end;
  for (size_t k = 0; k < 3; ++k, line = end) {
    line += strspn(line, " ");
    if (*line < '0' || *line > '9') return false;
    errno = 0;
    out[k] = (size_t)strtoull(line, &end, 10);
    if (errno) return false;
  }
  return line[strspn(line, " \r")] == '\0';
}

static bool take_header(iclgd_program *p, size_t queries) {
  char line[LINE_MAX_BYTES + 1];
  size_t found[3];
  if (!take_line(p, line)) return false;
  if (!parse_line(line, found)) return fail_line(p, line);
  if (found[1] != 1 || found[2] != queries)
    return fail(p, ICLGD_EIO,
                "expected predictions of COUNT = 1 prompt and QUERIES = %zu, "
                "found LAYERS COUNT QUERIES = %s",
                queries, line);
  if (p->layers == 0 && (found[0] < 1 || found[0] > LAYERS_MAX))
    return fail(p, ICLGD_EIO, "expected 1 to %d layers, found %zu", LAYERS_MAX,
                found[0]);
  if (p->layers == 0) p->layers = found[0];
  if (p->layers == found[0]) return true;
  return fail(p, ICLGD_EIO,
              "expected %zu layers, as in its first reply, found %zu",
              p->layers, found[0]);
}

/* It announced more than it wrote. */
static bool fail_short(iclgd_program *p, iclgd_transfer how, size_t came,
                       size_t size) {
  if (how != ICLGD_TRANSFER_LATE) return fail_transfer(p, how);
  return fail(
      p, ICLGD_EIO,
      "of the %zu bytes that its reply to request %zu announced, float64 "
      "each number, %zu came within %g s (model.program_seconds)%s",
      size, p->requests, came, p->options.seconds,
      2 * came == size ? ": float32 is half as long" : "");
}

static bool take_bytes(iclgd_program *p, char *out, size_t size) {
  for (size_t came = 0; came < size;) {
    if (p->from == p->to) {
      const iclgd_transfer how = fill(p);
      if (how != ICLGD_TRANSFER_DONE) return fail_short(p, how, came, size);
    }
    const size_t there = p->to - p->from, left = size - came;
    const size_t part = there < left ? there : left;
    memcpy(out + came, p->buffer + p->from, part);
    p->from += part;
    came += part;
  }
  if (p->from == p->to && !iclgd_child_has_more(&p->child)) return true;
  return fail(p, ICLGD_EIO,
              "wrote more than the LAYERS x COUNT x QUERIES numbers that its "
              "reply to request %zu announced",
              p->requests);
}

/* It has not read the whole request; what it wrote instead may say why. */
static bool fail_unread(iclgd_program *p) {
  char line[LINE_MAX_BYTES + 1];
  size_t unused[3];
  if (!take_line(p, line)) return false;
  if (!parse_line(line, unused)) return fail_line(p, line);
  return fail(p, ICLGD_EIO, "answered request %zu before it had read it",
              p->requests);
}

static bool send(iclgd_program *p, const iclgd_prompt *prompt, const double *x,
                 size_t queries) {
  char header[128];
  const size_t n = prompt->n, d = prompt->d;
  const int length =
      snprintf(header, sizeof header, "iclgd 1 1 %zu %zu %zu\n", n, d, queries);
  struct iovec parts[] = {{header, (size_t)length},
                          {(void *)(uintptr_t)prompt->x, n * d * sizeof *x},
                          {(void *)(uintptr_t)prompt->y, n * sizeof *x},
                          {(void *)(uintptr_t)x, queries * d * sizeof *x}};
  ++p->requests;
  p->deadline = iclgd_child_now() + p->options.seconds;
  const iclgd_transfer how =
      iclgd_child_write(&p->child, parts, 4, p->deadline);
  if (how == ICLGD_TRANSFER_DONE) return true;
  if (how == ICLGD_TRANSFER_EARLY || how == ICLGD_TRANSFER_CLOSED)
    return fail_unread(p);
  return fail_transfer(p, how);
}

/* The header of the first reply says how large it is. */
static bool ask(iclgd_program *p, const iclgd_prompt *prompt, const double *x,
                size_t queries, double *prediction) {
  return send(p, prompt, x, queries) && take_header(p, queries) &&
         take_bytes(p, (char *)prediction,
                    p->layers * queries * sizeof *prediction);
}

void iclgd_program_ask(iclgd_program *p, const iclgd_prompt *prompt,
                       const double *x, size_t queries, double *prediction) {
  bool done = false;
  if (!atomic_load(&p->status)) {
    pthread_mutex_lock(&p->mutex);
    done = !atomic_load(&p->status) && ask(p, prompt, x, queries, prediction);
    pthread_mutex_unlock(&p->mutex);
  }
  for (size_t i = 0; !done && i < p->layers * queries; ++i) prediction[i] = NAN;
}

iclgd_status iclgd_program_status(iclgd_program *p, iclgd_error *err) {
  const iclgd_status status = (iclgd_status)atomic_load(&p->status);
  return status ? iclgd_fail(err, status, "%s", p->error.text) : ICLGD_OK;
}

/* Of a prompt of normal numbers; only the number of layers is kept. */
static iclgd_status try_out(iclgd_program *p, iclgd_error *err) {
  enum { QUERIES = 2 };
  const size_t n = p->options.n, d = p->options.d;
  double *x = calloc((n + QUERIES) * d + n, sizeof *x);
  double *prediction = calloc(LAYERS_MAX, QUERIES * sizeof *prediction);
  if (!x || !prediction) {
    free(x);
    free(prediction);
    return iclgd_fail_memory(err, "a prompt for model.program");
  }
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 0, ICLGD_STREAM_PROBE, 0);
  iclgd_stream_normals(x, &stream, (n + QUERIES) * d + n);
  const iclgd_prompt prompt = {
      .n = n, .d = d, .mean_n = n, .x = x, .y = x + n * d};
  iclgd_program_ask(p, &prompt, x + n * d + n, QUERIES, prediction);
  free(x);
  free(prediction);
  return iclgd_program_status(p, err);
}

iclgd_status iclgd_program_open(const iclgd_program_options *options,
                                iclgd_program **out, iclgd_error *err) {
  iclgd_program *p = calloc(1, sizeof *p);
  if (!p) return iclgd_fail_memory(err, "model.program");
  p->options = *options;
  p->child.stop = options->stop;
  p->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  iclgd_status status = iclgd_child_start(options->command, &p->child, err);
  if (!status) status = try_out(p, err);
  *out = p;
  if (!status) return ICLGD_OK;
  iclgd_program_close(p);
  *out = NULL;
  return status;
}

size_t iclgd_program_layers(const iclgd_program *p) {
  return p->layers;
}

void iclgd_program_close(iclgd_program *p) {
  enum { SECONDS_TO_END = 2 };
  int unused;
  if (!p) return;
  iclgd_child_end(&p->child, SECONDS_TO_END, &unused);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}
