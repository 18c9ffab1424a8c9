/* A training that processes share has the bits of one that is alone. The
 * processes are threads here, and bytes travel through memory. */
#define _GNU_SOURCE /* pthread_barrier_t */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/world.h"
#include "train/shares.h"

enum { RANKS_MAX = 5, PARTS = 300, STEPS = 12, HELD_OUT = 200 };

/* --- the wire ------------------------------------------------------------ */

typedef struct wire {
  pthread_barrier_t all;
  void *bytes;
  double *rows[RANKS_MAX];
  size_t gathered; /* rows that travelled */
} wire;

typedef struct end {
  wire *wire;
  size_t rank, ranks;
} end;

static void share(void *context, void *bytes, size_t size) {
  const end *e = context;
  if (e->rank == 0) e->wire->bytes = bytes;
  pthread_barrier_wait(&e->wire->all);
  if (e->rank > 0) memcpy(bytes, e->wire->bytes, size);
  pthread_barrier_wait(&e->wire->all);
}

static void gather(void *context, double *rows, const size_t *first,
                   size_t width) {
  const end *e = context;
  e->wire->rows[e->rank] = rows;
  pthread_barrier_wait(&e->wire->all);
  for (size_t r = 1; e->rank == 0 && r < e->ranks; ++r) {
    const size_t from = first[r] * width, count = first[r + 1] - first[r];
    memcpy(rows + from, e->wire->rows[r] + from, count * width * sizeof *rows);
    e->wire->gathered += count;
  }
  pthread_barrier_wait(&e->wire->all);
}

/* --- the members --------------------------------------------------------- */

typedef struct member {
  world w;
  iclgd_prompt_source source, held_out;
  iclgd_train_options options;
  iclgd_pool *pool;
  iclgd_trainer *trainer;
  iclgd_team team;
  end end;
  iclgd_error err;
  iclgd_status status;
} member;

static void create(member *m, const char *const *overrides, wire *between,
                   size_t rank, size_t ranks) {
  const char *all[24] = {"prompt.d=3", "prompt.n=8", "train.lr=0.02",
                         "train.steps=12", "model.loops=2"};
  size_t k = 5;
  for (; *overrides; ++overrides) all[k++] = *overrides;
  memset(m, 0, sizeof *m);
  world_create(&m->w, all, 3, 1);
  /* The leader's parameters count. */
  for (size_t i = 0; rank > 0 && i < m->w.model.size; ++i) m->w.theta[i] = 7;
  m->end = (end){between, rank, ranks};
  m->team = (iclgd_team){rank, ranks, false, &m->end, share, gather};
  m->source =
      (iclgd_prompt_source){.dist = &m->w.dist, .stream = ICLGD_STREAM_TRAIN};
  m->held_out =
      (iclgd_prompt_source){.dist = &m->w.dist, .stream = ICLGD_STREAM_EVAL};
  m->options = iclgd_train_options_from(m->w.settings);
  m->options.team = ranks > 1 ? &m->team : NULL;
  assert_ok(iclgd_pool_create(1 + rank % 2, &m->pool, &m->err), m->err);
  assert_ok(iclgd_trainer_create(&m->options, &m->w.model, m->w.theta,
                                 &m->source, m->pool, &m->trainer, &m->err),
            m->err);
}

static void destroy(member *m) {
  iclgd_trainer_free(m->trainer);
  iclgd_pool_free(m->pool);
  world_free(&m->w);
}

static iclgd_status measure_held_out(member *m, double *loss) {
  return iclgd_held_out_loss(&m->w.model, m->w.theta, &m->held_out, 0, HELD_OUT,
                             m->pool, m->options.team, loss, &m->err);
}

static void *follow(void *context) {
  member *m = context;
  double unused;
  for (;;) {
    const iclgd_team_call call = iclgd_team_await(&m->team);
    if (call.work == ICLGD_TEAM_END) return NULL;
    m->status |= call.work == ICLGD_TEAM_STEP
                     ? iclgd_trainer_follow(m->trainer, call.number, &m->err)
                     : measure_held_out(m, &unused);
  }
}

/* Train among so many, then measure; theta (size) of the result. */
static double train(const char *const *overrides, size_t ranks, double *theta) {
  static member m[RANKS_MAX];
  pthread_t thread[RANKS_MAX];
  wire between = {.gathered = 0};
  double loss;
  pthread_barrier_init(&between.all, NULL, (unsigned)ranks);
  for (size_t r = 0; r < ranks; ++r)
    create(&m[r], overrides, &between, r, ranks);
  for (size_t r = 1; r < ranks; ++r)
    assert_int_equal(pthread_create(&thread[r], NULL, follow, &m[r]), 0);
  assert_ok(iclgd_trainer_run(m->trainer, NULL, NULL, &m->err), m->err);
  assert_ok(measure_held_out(m, &loss), m->err);
  iclgd_team_announce(m->options.team, ICLGD_TEAM_END, 0);
  for (size_t r = 1; r < ranks; ++r) pthread_join(thread[r], NULL);
  memcpy(theta, m->w.theta, m->w.model.size * sizeof *theta);
  assert_true(ranks == 1 || between.gathered > 0);
  for (size_t r = 0; r < ranks; ++r) {
    assert_int_equal(m[r].status, ICLGD_OK);
    assert_true(ranks == 1 || m[r].team.is_over);
    destroy(&m[r]);
  }
  pthread_barrier_destroy(&between.all);
  return loss;
}

static const char *const plain[] = {"train.batch=2000", NULL};
static const char *const few[] = {"train.batch=40", "train.precision=double",
                                  NULL};
static const char *const growing[] = {
    "train.batch=150", "train.curriculum_n=from:4,2,3", "train.average=0.3",
    "train.guard=3",   "train.fresh_every=2",           NULL};
static const char *const searched[] = {"train.batch=700",
                                       "train.optimizer=lbfgs", NULL};
static const char *const attention[] = {
    "model.architecture=transformer", "model.attention=softmax",
    "train.loss=prefixes", "train.batch=130", NULL};

static void a_team_has_the_bits_of_one(void **state) {
  (void)state;
  const char *const *const kinds[] = {plain, few, growing, searched, attention};
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
    double alone[4096], together[4096];
    memset(alone, 0, sizeof alone);
    memset(together, 0, sizeof together);
    const double loss = train(kinds[k], 1, alone);
    assert_true(loss > 0);
    for (size_t ranks = 2; ranks <= RANKS_MAX; ++ranks) {
      const double same = train(kinds[k], ranks, together);
      assert_memory_equal(&same, &loss, sizeof loss);
      assert_memory_equal(together, alone, sizeof alone);
    }
  }
}

/* --- the shares ---------------------------------------------------------- */

enum { WIDTH = 2 };

/* One process after another, the leader last: what they bring waits here. */
static void bring(void *context, double *rows, const size_t *first,
                  size_t width) {
  const end *e = context;
  double *waiting = e->wire->rows[0];
  const size_t from = first[e->rank == 0 ? 1 : e->rank] * width;
  const size_t to = first[e->rank == 0 ? e->ranks : e->rank + 1] * width;
  double *out = e->rank == 0 ? rows : waiting;
  const double *in = e->rank == 0 ? waiting : rows;
  memcpy(out + from, in + from, (to - from) * sizeof *rows);
}

/* The sum of so many rows by as many processes, each of which has no others
 * than its own. The largest number that one of them has. */
static size_t sum_shared(const double *all, size_t blocks, size_t ranks,
                         double *sum) {
  double rows[PARTS * WIDTH], waiting[PARTS * WIDTH];
  iclgd_arena arena = {0};
  iclgd_shares shares;
  iclgd_error err;
  wire between = {.rows = {waiting}};
  size_t most = 0;
  assert_ok(iclgd_shares_create(blocks, ranks, &arena, &shares, &err), err);
  assert_int_equal(shares.first[0], 0);
  assert_int_equal(shares.first[ranks], shares.units);
  for (size_t r = ranks; r-- > 0;) {
    end e = {&between, r, ranks};
    iclgd_team team = {r, ranks, false, &e, share, bring};
    const size_t from = iclgd_shares_block(&shares, shares.first[r]);
    const size_t count =
        iclgd_shares_block(&shares, shares.first[r + 1]) - from;
    for (size_t i = 0; i < blocks * WIDTH; ++i) rows[i] = 1e300;
    memcpy(rows + from * WIDTH, all + from * WIDTH,
           count * WIDTH * sizeof *rows);
    iclgd_shares_sum(&shares, &team, rows, WIDTH);
    if (count > most) most = count;
  }
  memcpy(sum, rows, WIDTH * sizeof *sum);
  iclgd_arena_free(&arena);
  return most;
}

static void shares_sum_as_one(void **state) {
  (void)state;
  double all[PARTS * WIDTH], expected[PARTS * WIDTH], sum[WIDTH];
  for (size_t i = 0; i < PARTS * WIDTH; ++i)
    all[i] = (double)((i * 7919) % 1000) / 7 - 60;
  for (size_t blocks = 1; blocks <= PARTS; blocks += 1 + blocks / 9)
    for (size_t ranks = 1; ranks <= 70; ranks += 1 + ranks / 5) {
      const size_t fair = (blocks + ranks - 1) / ranks;
      memcpy(expected, all, sizeof all);
      iclgd_sum_tree(expected, blocks, WIDTH);
      assert_true(sum_shared(all, blocks, ranks, sum) <= fair + fair / 16);
      assert_memory_equal(sum, expected, sizeof sum);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_team_has_the_bits_of_one),
      cmocka_unit_test(shares_sum_as_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
