/* The arena: zeroed, aligned, kept apart, and safe against overflow. */
#include <iclgd/arena.h>
#include <stdint.h>
#include <string.h>

#include "support/close.h"

static void blocks_are_zeroed_aligned_and_apart(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  const size_t sizes[] = {1, 7, 63, 64, 65, 127, 128, 4096, 100000};
  enum { COUNT = sizeof sizes / sizeof *sizes };
  unsigned char *blocks[COUNT];
  for (size_t i = 0; i < COUNT; ++i) {
    blocks[i] = iclgd_arena_take(&arena, sizes[i], 1);
    assert_non_null(blocks[i]);
    assert_int_equal((uintptr_t)blocks[i] % 64, 0);
    for (size_t j = 0; j < sizes[i]; ++j) assert_int_equal(blocks[i][j], 0);
    memset(blocks[i], (int)i + 1, sizes[i]);
  }
  for (size_t i = 0; i < COUNT; ++i)
    for (size_t j = 0; j < sizes[i]; ++j) assert_int_equal(blocks[i][j], i + 1);
  iclgd_arena_free(&arena);
}

static void nothing_taken_is_still_a_pointer(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  assert_non_null(iclgd_arena_take(&arena, 0, 8));
  assert_non_null(iclgd_arena_take(&arena, 8, 0));
  assert_non_null(iclgd_arena_take(&arena, SIZE_MAX, 0));
  assert_non_null(iclgd_arena_reals(&arena, 0, SIZE_MAX, SIZE_MAX));
  iclgd_arena_free(&arena);
}

/* Products that wrap around to something small must not succeed. */
static void overflow_is_refused(void **state) {
  (void)state;
  const size_t half = (size_t)1 << (sizeof(size_t) * 8 / 2);
  const size_t shapes[][3] = {
      {half, half, 1},  {half, 1, half},          {1, half, half},
      {SIZE_MAX, 1, 1}, {SIZE_MAX / 8 + 2, 1, 1},
  };
  const size_t pairs[][2] = {{half, half},
                             {SIZE_MAX, 1},
                             {1, SIZE_MAX},
                             {SIZE_MAX / 8 + 2, 8},
                             {SIZE_MAX - 63, 1}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
    iclgd_arena arena = {0};
    assert_null(iclgd_arena_take(&arena, pairs[i][0], pairs[i][1]));
    assert_null(arena.blocks);
  }
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
    iclgd_arena arena = {0};
    assert_null(
        iclgd_arena_reals(&arena, shapes[i][0], shapes[i][1], shapes[i][2]));
    assert_null(arena.blocks);
  }
}

/* One look at the end finds a failure on the way. */
static void failure_is_kept(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_error err = {0};
  assert_non_null(iclgd_arena_take(&arena, 4, 8));
  assert_int_equal(iclgd_arena_status(&arena, &err, "it"), ICLGD_OK);
  assert_string_equal(err.text, "");
  assert_null(iclgd_arena_reals(&arena, SIZE_MAX, SIZE_MAX, 1));
  assert_null(iclgd_arena_take(&arena, 1, 1));
  assert_null(iclgd_arena_reals(&arena, 1, 1, 1));
  assert_null(iclgd_arena_text(&arena, "text"));
  assert_int_equal(iclgd_arena_status(&arena, &err, "it"), ICLGD_ENOMEM);
  assert_string_equal(err.text, "out of memory for it");
  iclgd_arena_free(&arena);
  assert_int_equal(iclgd_arena_status(&arena, &err, "it"), ICLGD_OK);
  assert_non_null(iclgd_arena_take(&arena, 1, 1));
  iclgd_arena_free(&arena);
}

static void reals_have_the_whole_shape(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  double *x = iclgd_arena_reals(&arena, 3, 4, 5);
  assert_non_null(x);
  for (size_t i = 0; i < 3 * 4 * 5; ++i) assert_close(x[i], 0.0, 0.0, 0.0);
  x[3 * 4 * 5 - 1] = 1.0;
  iclgd_arena_free(&arena);
}

static void text_is_copied(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  char original[] = "prompt.d";
  char *copy = iclgd_arena_text(&arena, original);
  original[0] = 'X';
  assert_string_equal(copy, "prompt.d");
  assert_string_equal(iclgd_arena_text(&arena, ""), "");
  iclgd_arena_free(&arena);
}

static void a_freed_arena_is_usable_again(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_arena_free(&arena);
  for (int round = 0; round < 3; ++round) {
    assert_non_null(iclgd_arena_take(&arena, 100, 8));
    iclgd_arena_free(&arena);
    assert_null(arena.blocks);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
      cmocka_unit_test(nothing_taken_is_still_a_pointer),
      cmocka_unit_test(overflow_is_refused),
      cmocka_unit_test(failure_is_kept),
      cmocka_unit_test(reals_have_the_whole_shape),
      cmocka_unit_test(text_is_copied),
      cmocka_unit_test(a_freed_arena_is_usable_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
