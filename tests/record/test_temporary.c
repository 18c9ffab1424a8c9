/* Files under way: what is left behind, whose it is, and who may write. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "record/output/lock.h"
#include "record/output/temporary.h"
#include "sample.h"
#include "support/close.h"

static iclgd_error err;
static iclgd_arena arena;

static void fill(const iclgd_temporary *t, const char *text) {
  FILE *file = fopen(t->name, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static void expect_text(const char *path, const char *text) {
  char found[32] = "";
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(found, sizeof found, file));
  fclose(file);
  assert_string_equal(found, text);
}

typedef iclgd_status create(const char *, iclgd_arena *, iclgd_temporary *,
                            iclgd_error *);
static create *const ways[] = {iclgd_temporary_create,
                               iclgd_temporary_create_named};

static void test_both_ways_publish(void **state) {
  (void)state;
  const char *path = sample_path("a.txt");
  for (size_t i = 0; i < 2; ++i) {
    iclgd_temporary t;
    unlink(path);
    assert_ok(ways[i](path, &arena, &t, &err), err);
    fill(&t, "first");
    assert_int_equal(sample_files(), t.named ? 1 : 0);
    assert_ok(iclgd_temporary_publish(&t, false, &err), err);
    expect_text(path, "first");
    assert_ok(ways[i](path, &arena, &t, &err), err);
    fill(&t, "second");
    assert_int_equal(iclgd_temporary_publish(&t, false, &err), ICLGD_EUSAGE);
    expect_text(path, "first");
    assert_ok(ways[i](path, &arena, &t, &err), err);
    fill(&t, "third");
    assert_ok(iclgd_temporary_publish(&t, true, &err), err);
    expect_text(path, "third");
    assert_ok(ways[i](path, &arena, &t, &err), err);
    iclgd_temporary_discard(&t);
    expect_text(path, "third");
    assert_int_equal(sample_files(), 1);
  }
}

static void test_mode_is_kept(void **state) {
  (void)state;
  const char *path = sample_path("a.txt");
  for (size_t i = 0; i < 2; ++i) {
    iclgd_temporary t;
    struct stat found;
    assert_ok(ways[i](path, &arena, &t, &err), err);
    fill(&t, "old");
    assert_ok(iclgd_temporary_publish(&t, true, &err), err);
    assert_int_equal(chmod(path, 0600), 0);
    assert_ok(ways[i](path, &arena, &t, &err), err);
    fill(&t, "new");
    assert_ok(iclgd_temporary_publish(&t, true, &err), err);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
  }
}

static void test_links_are_followed(void **state) {
  (void)state;
  const char *path = sample_path("link"), *other = sample_path("other");
  for (size_t i = 0; i < 2; ++i) {
    iclgd_temporary t;
    struct stat found;
    unlink(path);
    unlink(other);
    assert_int_equal(symlink("other", path), 0);
    for (int again = 0; again < 2; ++again) {
      assert_ok(ways[i](path, &arena, &t, &err), err);
      fill(&t, again ? "b" : "a");
      assert_ok(iclgd_temporary_publish(&t, again, &err), err);
      expect_text(other, again ? "b" : "a");
      assert_int_equal(lstat(path, &found), 0);
      assert_true(S_ISLNK(found.st_mode));
    }
  }
}

/* A child that dies without notice, its temporary under way. */
static pid_t die(create *way, const char *path) {
  const pid_t child = fork();
  if (child == 0) {
    iclgd_temporary t;
    if (way(path, &arena, &t, &err)) _exit(1);
    raise(SIGKILL);
  }
  int code;
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_true(WIFSIGNALED(code));
  return child;
}

static void test_leftovers_are_removed(void **state) {
  (void)state;
  iclgd_temporary mine, next;
  const char *path = sample_path("a.txt");
  for (size_t i = 0; i < 2; ++i) die(ways[i], path);
  const size_t before = sample_files();
  assert_true(before >= 1);
  die(ways[1], sample_path("other.txt")); /* not of this output */
  assert_ok(iclgd_temporary_create_named(path, &arena, &mine, &err), err);
  assert_int_equal(sample_files(), 2); /* the other's and mine */
  assert_ok(iclgd_temporary_create_named(path, &arena, &next, &err), err);
  assert_int_equal(sample_files(), 3); /* mine is alive */
  iclgd_temporary_discard(&next);
  iclgd_temporary_discard(&mine);
}

static void test_one_writer_at_a_time(void **state) {
  (void)state;
  iclgd_output_lock first, second;
  char number[32];
  const char *path = sample_path("a.h5");
  snprintf(number, sizeof number, "process %ld", (long)getpid());
  assert_ok(iclgd_output_lock_take(path, &arena, &first, &err), err);
  assert_int_equal(iclgd_output_lock_take(path, &arena, &second, &err),
                   ICLGD_EIO);
  assert_non_null(strstr(err.text, number));
  iclgd_output_lock_release(&second);
  iclgd_output_lock_release(&first);
  assert_int_equal(sample_files(), 0);
  assert_ok(iclgd_output_lock_take(path, &arena, &second, &err), err);
  iclgd_output_lock_release(&second);
}

static void test_a_dead_writer_locks_nothing(void **state) {
  (void)state;
  iclgd_output_lock lock;
  const char *path = sample_path("a.h5");
  const pid_t child = fork();
  if (child == 0) {
    if (iclgd_output_lock_take(path, &arena, &lock, &err)) _exit(1);
    raise(SIGKILL);
  }
  int code;
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_int_equal(sample_files(), 1);
  assert_ok(iclgd_output_lock_take(path, &arena, &lock, &err), err);
  iclgd_output_lock_release(&lock);
  assert_int_equal(sample_files(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_both_ways_publish),
      SAMPLE_TEST(test_mode_is_kept),
      SAMPLE_TEST(test_links_are_followed),
      SAMPLE_TEST(test_leftovers_are_removed),
      SAMPLE_TEST(test_one_writer_at_a_time),
      SAMPLE_TEST(test_a_dead_writer_locks_nothing),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  iclgd_arena_free(&arena);
  return failed;
}
