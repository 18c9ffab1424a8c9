/* Nothing is lost when writing fails: full disks, folders, permissions, files
 * that appear meanwhile. Each fault runs in a child where it needs a limit. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sample.h"
#include "support/close.h"

static iclgd_error err;

static void expect_failure(iclgd_status status, iclgd_status expected,
                           const char *part) {
  assert_int_equal(status, expected);
  if (!strstr(err.text, part)) fail_msg("%s: no \"%s\"", err.text, part);
  if (strchr(err.text, '\n')) fail_msg("more than one line: %s", err.text);
}

static void put_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static bool file_holds(const char *path, const char *text) {
  char found[64] = "";
  FILE *file = fopen(path, "r");
  if (!file) return false;
  const size_t length = fread(found, 1, sizeof found - 1, file);
  fclose(file);
  return length == strlen(text) && strcmp(found, text) == 0;
}

static void test_existing_file_needs_force(void **state) {
  (void)state;
  const char *path = sample_path("run.h5");
  put_file(path, "old");
  expect_failure(sample_write(path, false, true, &err), ICLGD_EUSAGE,
                 "exists already");
  assert_true(file_holds(path, "old"));
  assert_int_equal(sample_files(), 1);
  assert_ok(sample_write(path, true, true, &err), err);
  assert_int_equal(sample_files(), 1);
  assert_ok(iclgd_validate(path, &sample_schema, 1, NULL, NULL, &err), err);
}

static void test_file_that_appears_meanwhile_is_kept(void **state) {
  (void)state;
  const iclgd_record_options options = {false, true, NULL};
  const char *path = sample_path("run.h5");
  iclgd_record *record;
  assert_ok(
      iclgd_record_create(path, &sample_schema, 1, &options, &record, &err),
      err);
  put_file(path, "other");
  expect_failure(iclgd_record_commit(record, &err), ICLGD_EUSAGE,
                 "exists already");
  assert_true(file_holds(path, "other"));
  assert_int_equal(sample_files(), 1);
}

static void test_nothing_is_seen_before_commit(void **state) {
  (void)state;
  const iclgd_record_options options = {true, true, NULL};
  const char *path = sample_path("run.h5");
  iclgd_record *record;
  put_file(path, "old");
  assert_ok(
      iclgd_record_create(path, &sample_schema, 1, &options, &record, &err),
      err);
  assert_ok(sample_body(record, &err), err);
  assert_true(file_holds(path, "old"));
  iclgd_record_discard(record);
  assert_true(file_holds(path, "old"));
  assert_int_equal(sample_files(), 1);
  iclgd_record_discard(NULL);
}

static void test_targets_that_are_no_files(void **state) {
  (void)state;
  const char *pipe = sample_path("pipe");
  assert_int_equal(mkfifo(pipe, 0600), 0);
  expect_failure(sample_write(sample_folder, true, true, &err), ICLGD_EUSAGE,
                 "found a folder");
  expect_failure(sample_write(pipe, true, true, &err), ICLGD_EUSAGE,
                 "device or pipe");
  expect_failure(sample_write("/dev/full", true, true, &err), ICLGD_EUSAGE,
                 "device or pipe");
  expect_failure(sample_write("", true, true, &err), ICLGD_EUSAGE,
                 "name of a file");
  expect_failure(sample_write(sample_path("none/run.h5"), true, true, &err),
                 ICLGD_EIO, "No such file or directory");
  assert_int_equal(sample_files(), 1);
}

static void test_relative_paths_and_long_names(void **state) {
  (void)state;
  char name[256], home[512];
  memset(name, 'n', 252);
  strcpy(name + 252, ".h5");
  assert_non_null(getcwd(home, sizeof home));
  assert_int_equal(chdir(sample_folder), 0);
  const iclgd_status status = sample_write(name, false, true, &err);
  assert_int_equal(chdir(home), 0);
  assert_ok(status, err);
  assert_int_equal(sample_files(), 1);
}

static void test_permissions_follow_the_umask(void **state) {
  (void)state;
  struct stat found;
  const char *path = sample_path("run.h5");
  const mode_t old = umask(027);
  const iclgd_status status = sample_write(path, false, true, &err);
  umask(old);
  assert_ok(status, err);
  assert_int_equal(stat(path, &found), 0);
  assert_int_equal(found.st_mode & 0777, 0640);
}

/* Run in a child and return its exit code, 128 + signal when it was killed. */
static int in_child(int (*body)(void)) {
  const pid_t child = fork();
  int status;
  assert_true(child >= 0);
  if (child == 0) _exit(body());
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Root may write anywhere, so the child gives that up. */
static int write_without_permission(void) {
  if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 10;
  const iclgd_status status =
      sample_write(sample_path("run.h5"), true, true, &err);
  if (status != ICLGD_EIO) return 11;
  return strstr(err.text, "Permission denied") ? 0 : 12;
}

static void test_no_permission(void **state) {
  (void)state;
  assert_int_equal(chmod(sample_folder, 0555), 0);
  const int result = in_child(write_without_permission);
  assert_int_equal(chmod(sample_folder, 0700), 0);
  assert_int_equal(result, 0);
  assert_int_equal(sample_files(), 0);
}

static void limit_files(rlim_t bytes) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
  setrlimit(RLIMIT_FSIZE, &limit);
}

/* The disk is full after `bytes`: one line, the old file whole, no temporary;
 * with room again the same process writes. */
static int fill_disk(rlim_t bytes) {
  const char *path = sample_path("run.h5");
  limit_files(bytes);
  const iclgd_status status = sample_write(path, true, true, &err);
  limit_files(0);
  if (status != ICLGD_EIO) return 20;
  if (!strstr(err.text, "File too large")) return 21;
  if (strchr(err.text, '\n')) return 22;
  if (!file_holds(path, "old") || sample_files() != 1) return 23;
  const char *other = sample_path("other.h5");
  if (sample_write(other, true, true, &err)) return 24;
  if (iclgd_validate(other, &sample_schema, 1, NULL, NULL, &err)) return 25;
  return unlink(other) == 0 ? 0 : 26;
}

static int fill_disk_at_every_stage(void) {
  struct stat found;
  const char *sample = sample_path("size.h5");
  signal(SIGXFSZ, SIG_IGN);
  if (sample_write(sample, false, true, &err) || stat(sample, &found) != 0)
    return 30;
  unlink(sample);
  const rlim_t size = (rlim_t)found.st_size;
  for (rlim_t bytes = 1; bytes < size; bytes += size / 14) {
    const int result = fill_disk(bytes);
    if (result) return result;
  }
  return fill_disk(size - 1);
}

static void test_full_disk(void **state) {
  (void)state;
  put_file(sample_path("run.h5"), "old");
  assert_int_equal(in_child(fill_disk_at_every_stage), 0);
}

/* Whether the byte lies in a global heap, where the attributes keep their
 * texts: "GCOL", version, 3 reserved bytes, 8 bytes of size. HDF5 1.10 trusts
 * the lengths in it and may crash on damaged ones. */
static bool in_global_heap(const char *bytes, size_t size, size_t at) {
  static size_t heaps[64][2], count;
  static const char *known;
  for (size_t i = 0; known != bytes && i + 16 < size; ++i)
    if (memcmp(bytes + i, "GCOL\1", 5) == 0 && count < 64) {
      uint64_t length;
      memcpy(&length, bytes + i + 8, sizeof length);
      heaps[count][0] = i;
      heaps[count++][1] = i + length;
    }
  known = bytes;
  for (size_t i = 0; i < count; ++i)
    if (at >= heaps[i][0] && at < heaps[i][1]) return true;
  return false;
}

static uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/* Damage 8 bytes, again and again: a message or a clean bill, never a
 * crash. */
static int damage_bytes(void) {
  enum { ROUNDS = 120, DAMAGED = 8 };
  const char *path = sample_path("run.h5");
  struct stat found;
  uint32_t state = 12345;
  size_t refused = 0;
  if (sample_write(path, false, true, &err) || stat(path, &found)) return 40;
  const size_t size = (size_t)found.st_size;
  char *whole = malloc(size);
  FILE *file = fopen(path, "r+b");
  if (!whole || !file || fread(whole, 1, size, file) != size) return 41;
  for (int round = 0; round < ROUNDS; ++round) {
    for (int i = 0; i < DAMAGED; ++i) {
      const size_t at = next_random(&state) % size;
      if (in_global_heap(whole, size, at)) continue;
      fseek(file, (long)at, SEEK_SET);
      fputc((int)next_random(&state) & 255, file);
    }
    fflush(file);
    refused += iclgd_validate(path, &sample_schema, 1, NULL, NULL, &err) != 0;
    rewind(file);
    if (fwrite(whole, 1, size, file) != size || fflush(file) != 0) return 42;
  }
  fclose(file);
  free(whole);
  return refused > ROUNDS / 4 ? 0 : 43;
}

static void test_damaged_bytes(void **state) {
  (void)state;
  assert_int_equal(in_child(damage_bytes), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_existing_file_needs_force),
      SAMPLE_TEST(test_file_that_appears_meanwhile_is_kept),
      SAMPLE_TEST(test_nothing_is_seen_before_commit),
      SAMPLE_TEST(test_targets_that_are_no_files),
      SAMPLE_TEST(test_relative_paths_and_long_names),
      SAMPLE_TEST(test_permissions_follow_the_umask),
      SAMPLE_TEST(test_no_permission),
      SAMPLE_TEST(test_full_disk),
      SAMPLE_TEST(test_damaged_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
