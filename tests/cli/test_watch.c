/* iclgd run --watchable and iclgd watch: the file is whole at any time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/shell.h"

static char out[1 << 16];

static int run(const char *command) {
  return shell(command, out, sizeof out);
}

#define SMALL                                                   \
  "prompt.d=2 prompt.n=4 model.loops=2 model.weights=gd "       \
  "train.batch=16 train.eval_prompts=16 "                       \
  "reference.tune_prompts=10 reference.list=gd -q --watchable " \
  "probe.list=alignment --reproducible "

static void expect(const char *command, int code, const char *words) {
  const int found = run(command);
  if (found != code || !strstr(out, words))
    fail_msg("%s: %d: %s", command, found, out);
}

/* A run that would take days, looked at while it trains and after it was
 * interrupted: the file is valid, and has no final weights. */
static void test_under_way(void **state) {
  (void)state;
  expect("\"$I\" train " SMALL
         "train.steps=100000000 -o w.h5 & r=$!; "
         "for i in $(seq 300); do test -e w.h5 && break; sleep 0.1; done; "
         "\"$I\" validate w.h5; timeout 2 \"$I\" watch w.h5; "
         "kill -INT $r; wait $r",
         130, "w.h5: valid\n");
  assert_non_null(strstr(out, " of 100000000, held-out loss "));
  assert_non_null(strstr(out, "training step"));
  assert_non_null(strstr(out, "the file has what was watched"));
  assert_null(strstr(out, "finished"));
  expect("\"$I\" validate w.h5", 0, "w.h5: valid\n");
  expect("\"$I\" export w.h5 --what model", 2, "holds no 'model'");
  expect("\"$I\" export w.h5 --what snapshots/A", 0, "snapshot,layer,row");
  expect("ls -A", 0, "w.h5\n");
  assert_string_equal(out, "w.h5\nw.h5.checkpoint\n");
}

/* The last file is what it is without a watcher; a watch ends with it. */
static void test_last(void **state) {
  (void)state;
  expect("\"$I\" run " SMALL
         "train.steps=50 -o a.h5 & timeout 60 \"$I\" watch "
         "a.h5; wait",
         0, "step 50 of 50, held-out loss ");
  assert_non_null(strstr(out, ": the run is finished\n"));
  expect("\"$I\" run $(echo " SMALL
         "| sed s/--watchable//) train.steps=50 -o b.h5 && cmp a.h5 b.h5 && "
         "echo same",
         0, "same\n");
}

/* A run that is stopped while it probes has left its model; one that is killed
 * is not waited for. */
static void test_ends(void **state) {
  (void)state;
  expect("\"$I\" run " SMALL
         "train.steps=20 probe.prompts=10000000 probe.store=summary -o m.h5 & "
         "r=$!; for i in $(seq 300); do \"$I\" export m.h5 --what model/A "
         ">model.csv 2>&1 && break; sleep 0.1; done; kill -INT $r; wait $r",
         130, "the file has the trained model");
  expect("\"$I\" validate m.h5", 0, "valid");
  expect(
      "\"$I\" probe m.h5 probe.prompts=20 probe.store=all -q -o p.h5 && "
      "\"$I\" validate p.h5",
      0, "p.h5: valid");
  expect("\"$I\" train " SMALL
         "train.steps=100000000 -o k.h5 & r=$!; "
         "for i in $(seq 300); do test -e k.h5 && break; sleep 0.1; done; "
         "kill -KILL $r; wait $r; timeout 20 \"$I\" watch k.h5",
         1, "k.h5: the run ended before its file was complete");
}

static void test_refusals(void **state) {
  (void)state;
  expect("echo mine > old.h5; \"$I\" run " SMALL "train.steps=5 -o old.h5", 2,
         "old.h5");
  expect("cat old.h5", 0, "mine\n");
  expect("\"$I\" run " SMALL
         "train.steps=5 -o old.h5 --force && \"$I\" "
         "validate old.h5",
         0, "valid");
  expect(
      "\"$I\" generate prompt.d=2 prompt.n=4 probe.prompts=5 -q -o p.h5; "
      "\"$I\" watch p.h5",
      3, "training");
  expect("\"$I\" generate quickstart --watchable", 2, "has no option");
  expect("\"$I\" watch", 2, "usage: iclgd watch");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_under_way), cmocka_unit_test(test_last),
      cmocka_unit_test(test_ends), cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
