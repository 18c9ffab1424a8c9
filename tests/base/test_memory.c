/* Memory that runs out at any allocation is reported, and nothing leaks. */
#include <iclgd/arena.h>
#include <iclgd/parallel.h>
#include <iclgd/settings.h>
#include <string.h>

#include "support/close.h"

/* The linker sends the library's calls here (--wrap); the one that finds
 * `remaining` at zero fails. */
static long remaining;

void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_calloc(size_t count, size_t size) {
  return remaining-- == 0 ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return remaining-- == 0 ? NULL : __real_aligned_alloc(alignment, size);
}

static const iclgd_key keys[] = {
    KEY_INT("prompt.d", "5", 0, 9, ""),
    KEY_REALS("model.gain", "1,2", 0, 9, ""),
};
static const iclgd_key_set set = {keys, 2};

static iclgd_status make_settings(iclgd_error *err) {
  iclgd_settings *s;
  iclgd_status status = iclgd_settings_create(&set, 1, &s, err);
  if (status) return status;
  status = iclgd_settings_override(s, "model.gain=3,4,5", err);
  size_t count;
  iclgd_get_reals(s, "model.gain", &count);
  assert_int_equal(count, status ? 2 : 3);
  iclgd_settings_free(s);
  return status;
}

static iclgd_status make_pool(iclgd_error *err) {
  iclgd_pool *pool;
  const iclgd_status status = iclgd_pool_create(3, &pool, err);
  if (!status) iclgd_pool_free(pool);
  return status;
}

static iclgd_status fill_arena(iclgd_error *err) {
  iclgd_arena arena = {0};
  const bool ok = iclgd_arena_reals(&arena, 2, 3, 4) &&
                  iclgd_arena_text(&arena, "text") &&
                  iclgd_arena_take(&arena, 1, 1);
  iclgd_arena_free(&arena);
  return ok ? ICLGD_OK : iclgd_fail_memory(err, "the test");
}

/* Fail the first allocation, then the second, ... until none is left to fail;
 * at least `least` of them must have been there. */
static void fail_each(iclgd_status (*make)(iclgd_error *), long least) {
  long n = 0;
  for (;; ++n) {
    iclgd_error err = {.text = ""};
    remaining = n;
    const iclgd_status status = make(&err);
    const bool all_served = remaining >= 0;
    remaining = -1;
    if (all_served) {
      assert_ok(status, err);
      break;
    }
    assert_int_equal(status, ICLGD_ENOMEM);
    assert_non_null(strstr(err.text, "out of memory for "));
  }
  assert_true(n >= least);
}

static void settings(void **state) {
  (void)state;
  fail_each(make_settings, 8);
}

static void pool(void **state) {
  (void)state;
  fail_each(make_pool, 2);
}

static void arena(void **state) {
  (void)state;
  fail_each(fill_arena, 3);
}

int main(void) {
  remaining = -1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(settings),
      cmocka_unit_test(pool),
      cmocka_unit_test(arena),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
