/* A pool of POSIX threads; rounds are handed out by an atomic counter. Loops
 * come in quick succession while a model trains, so both sides look out for the
 * other for some microseconds before they sleep. */
#define _GNU_SOURCE /* sched_getaffinity */
#include <iclgd/parallel.h>

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct worker {
  iclgd_pool *pool;
  size_t index;
  pthread_t thread;
} worker;

struct iclgd_pool {
  size_t threads;
  size_t started; /* threads that run, the caller not counted */
  worker *workers;
  pthread_mutex_t mutex;
  pthread_cond_t begin, done;
  atomic_size_t generation; /* which loop is on; what follows is set before */
  atomic_size_t busy;       /* workers still in it */
  bool quit;
  void (*body)(void *, size_t, size_t);
  void *context;
  size_t rounds;
  atomic_size_t next;
  const volatile sig_atomic_t *stop; /* or NULL */
};

size_t iclgd_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? (size_t)count : 1;
}

static void take_rounds(iclgd_pool *pool, size_t thread) {
  for (;;) {
    const size_t round = atomic_fetch_add(&pool->next, 1);
    if (round >= pool->rounds || (pool->stop && *pool->stop)) return;
    pool->body(pool->context, round, thread);
  }
}

enum { LOOKS = 1000 }; /* before a thread sleeps: some tens of microseconds */

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Until a loop is on that is not `seen`; its generation. */
static size_t await_loop(iclgd_pool *pool, size_t seen) {
  for (int look = 0; look < LOOKS; ++look) {
    const size_t generation = atomic_load(&pool->generation);
    if (generation != seen) return generation;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->generation) == seen)
    pthread_cond_wait(&pool->begin, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
  return atomic_load(&pool->generation);
}

static void *work(void *argument) {
  const worker *self = argument;
  iclgd_pool *pool = self->pool;
  size_t seen = 0;
  for (;;) {
    seen = await_loop(pool, seen);
    if (pool->quit) return NULL;
    take_rounds(pool, self->index);
    if (atomic_fetch_sub(&pool->busy, 1) > 1) continue;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
  }
}

static void await_workers(iclgd_pool *pool) {
  for (int look = 0; look < LOOKS; ++look) {
    if (atomic_load(&pool->busy) == 0) return;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->busy) > 0)
    pthread_cond_wait(&pool->done, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

/* What was set before is seen by whoever sees the new generation. */
static void announce(iclgd_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->generation, 1);
  pthread_cond_broadcast(&pool->begin);
  pthread_mutex_unlock(&pool->mutex);
}

iclgd_status iclgd_pool_create(size_t threads, iclgd_pool **out,
                               iclgd_error *err) {
  assert(threads >= 1);
  iclgd_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return iclgd_fail_memory(err, "the thread pool");
  pool->threads = threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->begin, NULL);
  pthread_cond_init(&pool->done, NULL);
  pool->workers = calloc(threads, sizeof *pool->workers);
  if (!pool->workers) {
    iclgd_pool_free(pool);
    return iclgd_fail_memory(err, "the thread pool");
  }
  for (size_t i = 1; i < threads; ++i) {
    worker *w = &pool->workers[i];
    *w = (worker){.pool = pool, .index = i};
    const int fault = pthread_create(&w->thread, NULL, work, w);
    if (fault) {
      iclgd_pool_free(pool);
      return iclgd_fail(err, ICLGD_EIO, "cannot start thread %zu of %zu: %s",
                        i + 1, threads, strerror(fault));
    }
    pool->started = i;
  }
  *out = pool;
  return ICLGD_OK;
}

void iclgd_pool_free(iclgd_pool *pool) {
  if (!pool) return;
  pool->quit = true;
  announce(pool);
  for (size_t i = 1; i <= pool->started; ++i)
    pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->begin);
  pthread_cond_destroy(&pool->done);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->workers);
  free(pool);
}

size_t iclgd_pool_threads(const iclgd_pool *pool) {
  return pool->threads;
}

void iclgd_pool_for(iclgd_pool *pool, size_t rounds,
                    void (*body)(void *context, size_t round, size_t thread),
                    void *context) {
  pool->body = body;
  pool->context = context;
  pool->rounds = rounds;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->busy, pool->started);
  if (pool->started > 0) announce(pool);
  take_rounds(pool, 0);
  await_workers(pool);
}

void iclgd_pool_heed(iclgd_pool *pool, const volatile sig_atomic_t *stop) {
  pool->stop = stop;
}

void iclgd_sum_tree(double *rows, size_t count, size_t width) {
  for (size_t stride = 1; stride < count; stride *= 2)
    for (size_t i = 0; i + stride < count; i += 2 * stride)
      for (size_t j = 0; j < width; ++j)
        rows[i * width + j] += rows[(i + stride) * width + j];
}
