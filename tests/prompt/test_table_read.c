/* Files as tables: what is read, and what is refused with what to do. */
#include <iclgd/table.h>

#include "support/file.h"

static const iclgd_table_form plain = {
    .target = "", .features = "", .drop = ""};

static iclgd_status load(const char *text, const iclgd_table_form *form,
                         iclgd_arena *arena, iclgd_table *out,
                         iclgd_error *err) {
  const file f = file_with(text);
  const iclgd_status status =
      iclgd_table_load(f.path, form, 0.5, 1, arena, out, err);
  unlink(f.path);
  return status;
}

/* A table as it must come out: names, and rows of features and label. */
static void assert_table(const char *text, const iclgd_table_form *form,
                         const char *const *names, size_t d, size_t rows,
                         const double *cells) {
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(load(text, form, &arena, &table, &err), err);
  assert_int_equal(table.d, d);
  assert_int_equal(table.rows, rows);
  for (size_t j = 0; j < d; ++j) assert_string_equal(table.names[j], names[j]);
  assert_string_equal(table.target, names[d]);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < d; ++j)
      assert_true(table.x[i * d + j] == cells[i * (d + 1) + j]);
    assert_true(table.y[i] == cells[i * (d + 1) + d]);
  }
  iclgd_arena_free(&arena);
}

static void assert_refused(const char *text, const iclgd_table_form *form,
                           const char *message) {
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_int_equal(load(text, form, &arena, &table, &err), ICLGD_EINPUT);
  if (!strstr(err.text, message) || !strstr(err.text, "/tmp/iclgd_test_"))
    fail_msg("'%s' does not say '%s'", err.text, message);
  iclgd_arena_free(&arena);
}

/* The same table, whatever its separator, ends of lines, quotes and blanks. */
static void a_table_is_read(void **state) {
  (void)state;
  const char *const texts[] = {
      "a,b,c\n1,2,3\n4,5,6\n7,8,9\n-1e1,+.5,0\n",
      "a,b,c\r\n1,2,3\r\n4,5,6\r\n7,8,9\r\n-1e1,+.5,0\r\n",
      "a,b,c\n1,2,3\n4,5,6\n7,8,9\n-1e1,+.5,0",
      "\n\"a\", b ,\"c\"\n\n\"1\", 2 ,3\n4,5,\"6\"\n\n\n7,8,9\n-1e1,+.5,0\n\n",
      "a;b;c\n1;2;3\n4;5;6\n7;8;9\n-1e1;+.5;0\n",
      "a\tb\tc\n1\t2\t3\n4\t5\t6\n7\t8\t9\n-1e1\t+.5\t0\n",
      "\xef\xbb\xbf"
      "a,b,c\n1,2,3\n4,5,6\n7,8,9\n-1e1,+.5,0\n",
  };
  const double cells[4][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {-10, .5, 0}};
  const char *const all[] = {"a", "b", "c"};
  const char *const targets[] = {"", "c", "b", "a"};
  const size_t y[] = {2, 2, 1, 0};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    for (size_t t = 0; t < 4; ++t) {
      iclgd_table_form form = plain;
      form.target = targets[t];
      const size_t order[] = {y[t] == 0, 2 - (y[t] == 2), y[t]};
      const char *names[3];
      double expected[4][3];
      for (size_t j = 0; j < 3; ++j) {
        names[j] = all[order[j]];
        for (size_t row = 0; row < 4; ++row)
          expected[row][j] = cells[row][order[j]];
      }
      assert_table(texts[i], &form, names, 2, 4, expected[0]);
    }
}

static void columns_are_chosen(void **state) {
  (void)state;
  const char *const text =
      ",a,\"b, c\",y,note\n0,1,2,3,x\n1,4,5,6,\n2,7,8,9,?\n3,-1,0,5,\xc3\xa9\n";
  const struct {
    const char *target, *features, *drop;
    size_t d;
    const char *names[5];
    size_t columns[5];
  } cases[] = {
      {"", "", "column1,note", 2, {"a", "b, c", "y"}, {1, 2, 3}},
      {"a", "", "note, column1", 2, {"b, c", "y", "a"}, {2, 3, 1}},
      {"y", "\"b, c\",a", "", 2, {"b, c", "a", "y"}, {2, 1, 3}},
      {"", "a", "note", 1, {"a", "y"}, {1, 3}},
      {"y", "column1", "", 1, {"column1", "y"}, {0, 3}},
      {"column1", "y", "", 1, {"y", "column1"}, {3, 0}},
  };
  const double cells[4][4] = {
      {0, 1, 2, 3}, {1, 4, 5, 6}, {2, 7, 8, 9}, {3, -1, 0, 5}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_table_form form = plain;
    form.target = cases[c].target;
    form.features = cases[c].features;
    form.drop = cases[c].drop;
    double expected[4 * 5];
    for (size_t i = 0; i < 4; ++i)
      for (size_t j = 0; j <= cases[c].d; ++j)
        expected[i * (cases[c].d + 1) + j] = cells[i][cases[c].columns[j]];
    assert_table(text, &form, cases[c].names, cases[c].d, 4, expected);
  }
}

static void choices_that_cannot_be(void **state) {
  (void)state;
  const char *const text =
      "bmi,age,sex,y\n1,2,3,4\n2,3,4,5\n3,4,5,6\n4,5,6,8\n";
  const struct {
    const char *target, *features, *drop, *message;
  } cases[] = {
      {"bmj", "", "",
       "no column 'bmj' (prompt.target), did you mean 'bmi'? The columns are "
       "bmi, age, sex, y"},
      {"", "bmi,aeg", "",
       "no column 'aeg' (prompt.features). The columns are bmi, age, sex, y"},
      {"", "bmi,aged", "",
       "no column 'aged' (prompt.features), did you mean 'age'?"},
      {"", "", "sx", "no column 'sx' (prompt.drop), did you mean 'sex'?"},
      {"", "", "age,age",
       "column 'age' (prompt.drop) is left out (prompt.drop) already"},
      {"", "age", "age",
       "column 'age' (prompt.features) is left out (prompt.drop) already"},
      {"", "bmi,bmi", "",
       "column 'bmi' (prompt.features) is a feature (prompt.features) already"},
      {"bmi", "bmi,age", "",
       "column 'bmi' (prompt.target) is a feature (prompt.features) already"},
      {"y", "", "y", "column 'y' (prompt.target) is left out (prompt.drop)"},
      {"", "", "bmi,age,sex,y", "no column is left for the label"},
      {"", "", "bmi,age,sex", "no column is left as a feature"},
      {"", "bmi,age,sex,y", "", "no column is left for the label"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_table_form form = plain;
    form.target = cases[c].target;
    form.features = cases[c].features;
    form.drop = cases[c].drop;
    assert_refused(text, &form, cases[c].message);
  }
}

static void names_that_are_none(void **state) {
  (void)state;
  const char *const rows = "1,2,3\n4,5,6\n7,8,9\n-1,0,5\n";
  const struct {
    const char *names, *message;
  } cases[] = {
      {"a,b,a\n", "line 1: columns 1 and 3 have the same name 'a'"},
      {",b,c\n",
       "line 1: column 1 has no name; an index of the rows is no "
       "feature: leave it out with prompt.drop=column1"},
      {"\n\"Unnamed: 0\",b,c\n", "line 2: column 1 has no name"},
      {"a,b,\n", "line 1: column 3 has no name"},
      {"column3,b,\n", "columns 1 and 3 have the same name 'column3'"},
      {"",
       "line 1: expected the names of the columns, found numbers only: "
       "write names above them, or say prompt.header=none"},
      {"1,,2\n", "line 1: expected the names of the columns, found numbers"},
      {"a,\"b\nb\",c\n", "line 1, column 2: expected a name, found a control"},
      {"a,b\n", "line 2: expected 2 columns, found 3 (an index of the rows"},
      {"a,b,caf\xe9\n", "line 1: expected text in UTF-8, found the byte 0xe9"},
      {"a;b,c\n", "expected one separator, found ',' and ';' in the first"},
      {"a,b\tb,c\n", "expected one separator, found ',' and a tab in the"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    char text[256];
    snprintf(text, sizeof text, "%s%s", cases[c].names, rows);
    assert_refused(text, &plain, cases[c].message);
  }
}

/* K. A. Brownlee 1965, operation of a plant that makes nitric acid: 21 days, as
 * R's `stackloss`; no row is lost. */
static void the_first_line_is_a_row(void **state) {
  (void)state;
  const char *const text =
      "80,27,89,42\n80,27,88,37\n75,25,90,37\n62,24,87,28\n62,22,87,18\n"
      "62,23,87,18\n62,24,93,19\n62,24,93,20\n58,23,87,15\n58,18,80,14\n"
      "58,18,89,14\n58,17,88,13\n58,18,82,11\n58,19,93,12\n50,18,89,8\n"
      "50,18,86,7\n50,19,72,8\n50,19,79,8\n50,20,80,9\n56,20,82,15\n"
      "70,20,91,15\n";
  iclgd_table_form form = plain;
  form.headless = true;
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(load(text, &form, &arena, &table, &err), err);
  assert_int_equal(table.rows, 21);
  assert_int_equal(table.d, 3);
  assert_string_equal(table.names[0], "column1");
  assert_string_equal(table.target, "column4");
  double sums[4] = {0};
  for (size_t i = 0; i < 21; ++i) {
    for (size_t j = 0; j < 3; ++j) sums[j] += table.x[i * 3 + j];
    sums[3] += table.y[i];
  }
  /* The means that R prints: 60.43, 21.10, 86.29, 17.52. */
  const double means[] = {60.428571428571, 21.095238095238, 86.285714285714,
                          17.523809523810};
  for (size_t j = 0; j < 4; ++j) assert_close(sums[j] / 21, means[j], 1e-11, 0);
  iclgd_arena_free(&arena);
}

static void missing_values(void **state) {
  (void)state;
  const char *const text =
      "a,b,c,y\n1,2,,3\n,5,,6\n7,NA,,9\n1,0,,NaN\n2,?,,1\nn/a,1,,1\n1,null,,1\n"
      "4,4,,5\n6,1,,7\n8,2,,8\n";
  assert_refused(text, &plain,
                 "line 2, column 3 (c): expected a finite number, found '': a "
                 "missing value? prompt.missing=drop-row leaves such rows out");
  iclgd_table_form form = plain;
  form.drop_missing = true;
  form.drop = "c";
  const char *const names[] = {"a", "b", "y"};
  const double cells[] = {1, 2, 3, 4, 4, 5, 6, 1, 7, 8, 2, 8};
  assert_table(text, &form, names, 2, 4, cells);
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(load(text, &form, &arena, &table, &err), err);
  assert_int_equal(table.dropped, 6);
  iclgd_arena_free(&arena);
  form.drop = "";
  assert_refused(text, &form, "found 4 columns and 10 rows (10 have missing");
}

static void texts_are_encoded(void **state) {
  (void)state;
  const char *const text =
      "sex,a,site,y\nf,1,b,3\nm,2,a c,6\nf,NA,z,1\nf,7,1,9\nm,1,b,8\n";
  assert_refused(text, &plain,
                 "line 4, column 2 (a): expected a finite number, found 'NA'");
  iclgd_table_form form = plain;
  form.drop_missing = true;
  assert_refused(text, &form,
                 "line 2, column 1 (sex): expected a finite number, found 'f': "
                 "leave columns of text out (prompt.drop=sex,site) or make a "
                 "0/1 feature of each text (prompt.categorical=onehot)");
  form.one_hot = true;
  const char *const names[] = {"sex=f",    "sex=m",  "a", "site=1",
                               "site=a c", "site=b", "y"};
  const double cells[] = {1, 0, 1, 0, 0, 1, 3, /**/ 0, 1, 2, 0, 1, 0, 6,
                          1, 0, 7, 1, 0, 0, 9, /**/ 0, 1, 1, 0, 0, 1, 8};
  assert_table(text, &form, names, 6, 4, cells);
  form.target = "sex";
  assert_refused(text, &form, "line 2, column 1 (sex): expected a finite");
}

static void texts_that_are_no_classes(void **state) {
  (void)state;
  char text[2000] = "name,y\n";
  for (int i = 0; i < 65; ++i)
    snprintf(text + strlen(text), sizeof text - strlen(text), "p%d,%d\n", i, i);
  iclgd_table_form form = plain;
  form.one_hot = true;
  assert_refused(text, &form,
                 "column 1 (name): expected up to 64 different texts");
  *strrchr(text, 'p') = '\0';
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(load(text, &form, &arena, &table, &err), err);
  assert_int_equal(table.d, 64);
  iclgd_arena_free(&arena);
}

static void too_many_features(void **state) {
  (void)state;
  enum { WIDTH = 514 };
  static char text[WIDTH * 40];
  text[0] = '\0';
  char *end = text;
  for (int row = 0; row < 5; ++row)
    for (int j = 0; j < WIDTH; ++j)
      end += sprintf(end, "%s%d%c", row ? "" : "c", row ? row * j : j,
                     j + 1 < WIDTH ? ',' : '\n');
  assert_refused(text, &plain, "expected up to 512 features, found 513");
  iclgd_table_form form = plain;
  form.drop = "c7";
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(load(text, &form, &arena, &table, &err), err);
  assert_int_equal(table.d, 512);
  assert_true(table.x[512 + 7] == 16 && table.y[1] == 1026);
  iclgd_arena_free(&arena);
}

static void faults_are_placed(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } cases[] = {
      {"a,b\n1,2\n3,-nan\n5,6\n7,8\n",
       "line 3, column 2 (b): expected a finite"},
      {"a,b\n1,2\n3,4\ninf,6\n7,8\n",
       "line 4, column 1 (a): expected a finite"},
      {"a,b\n1,2\n3,1e999\n5,6\n7,8\n", "line 3, column 2"},
      {"a,b\n1,2\n3,4\n5,\n7,8\n",
       "line 4, column 2 (b): expected a finite number, found ''"},
      {"a,b\n1,2\n3,4\n5,6\n7,kg\n",
       "line 5, column 2 (b): expected a finite number, found 'kg'"},
      {"a,b\n1,2\n3,4 kg\n5,6\n7,8\n", "line 3, column 2"},
      {"a;b\n1;2\n3,5;4\n5;6\n7;8\n",
       "line 3, column 1 (a): expected a finite number, found '3,5': a decimal "
       "comma?"},
      {"a\tb\n1\t2\n3\t-4,25\n5\t6\n7\t8\n", "found '-4,25': a decimal comma?"},
      {"a,b\n1,2\n\"3,5\",4\n5,6\n7,8\n", "found '3,5': a decimal comma?"},
      {"a,b\n1,2\n3,4,5\n5,6\n7,8\n", "line 3: expected 2 columns, found 3"},
      {"a,b\n1,2\n3\n5,6\n7,8\n", "line 3: expected 2 columns, found 1"},
      {"a,b\n1,2\n3,4\n5,6\n7", "line 5: expected 2 columns, found 1"},
      {"a,b\r\n1,2\r\n3\r\n5,6\r\n7,8\r\n", "line 3: expected 2 columns"},
      {"a,b\r\n1,2\r\n3,x\r\n5,6\r\n7,8\r\n", "line 3, column 2"},
      {"a,b\n\n1,2\n\n3,x\n5,6\n7,8\n", "line 5, column 2"},
      {"\"a\n\",b\n1,2\n3,4\n5,6\n7,8\n", "line 1, column 1: expected a name"},
      {"a,b\n\"1\n\",x\n3,4\n5,6\n7,8\n", "line 2, column 1"},
      {"a\n1\n2\n3\n4\n", "found 1 columns and 4 rows"},
      {"a b\n1 2\n2 2\n3 2\n4 2\n", "separated by commas, semicolons or tabs"},
      {"a,b\n1,2\n3,4\n5,6\n", "found 2 columns and 3 rows"},
      {"a,b\n", "found 2 columns and 0 rows"},
      {"", "found 0 columns and 0 rows"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
    assert_refused(cases[c].text, &plain, cases[c].message);
}

static void files_that_are_no_tables(void **state) {
  (void)state;
  const char *const cases[][2] = {
      {"/no/such/table.csv", "/no/such/table.csv: cannot open"},
      {"/tmp", "/tmp: expected a regular file, found a folder"},
      {"/dev/zero", "/dev/zero: expected a regular file, found a device"}};
  for (size_t c = 0; c < 3; ++c) {
    iclgd_arena arena = {0};
    iclgd_table table;
    iclgd_error err;
    assert_int_equal(
        iclgd_table_load(cases[c][0], &plain, 0.5, 1, &arena, &table, &err),
        ICLGD_EINPUT);
    assert_non_null(strstr(err.text, cases[c][1]));
    iclgd_arena_free(&arena);
  }
}

/* One byte more than is read; the file has a hole instead of bytes. */
static void a_table_that_is_too_large(void **state) {
  (void)state;
  const file f = file_with("a,b\n1,2\n");
  assert_int_equal(truncate(f.path, (128 << 20) + 1), 0);
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_int_equal(
      iclgd_table_load(f.path, &plain, 0.5, 1, &arena, &table, &err),
      ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "expected at most 128 MiB, found 128.0"));
  iclgd_arena_free(&arena);
  unlink(f.path);
}

/* A zero byte does not end a number. */
static void a_zero_byte_is_no_number(void **state) {
  (void)state;
  static const char bytes[] = "a,b\n1,2\n3,4\0x\n5,6\n7,8\n";
  const file f = file_of_bytes(bytes, sizeof bytes - 1);
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  iclgd_table_form form = plain;
  for (int one_hot = 0; one_hot < 2; ++one_hot) {
    form.one_hot = one_hot;
    assert_int_equal(
        iclgd_table_load(f.path, &form, 0.5, 1, &arena, &table, &err),
        ICLGD_EINPUT);
    assert_non_null(
        strstr(err.text, "line 3, column 2 (b): expected a finite"));
  }
  iclgd_arena_free(&arena);
  unlink(f.path);
}

/* The numbers of the shipped table's first row; the mean of its target. */
static void the_shipped_table_loads(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(iclgd_table_load(ICLGD_SOURCE_DIR "/data/tables/diabetes.csv",
                             &plain, 0.7, 1, &arena, &table, &err),
            err);
  assert_int_equal(table.rows, 442);
  assert_int_equal(table.dropped, 0);
  assert_int_equal(table.d, 10);
  assert_int_equal(table.n_train, 309);
  assert_string_equal(table.names[2], "bmi");
  assert_string_equal(table.target, "target");
  assert_true(table.x[2] == 32.1 && table.y[0] == 151);
  double mean = 0;
  for (size_t i = 0; i < table.rows; ++i) mean += table.y[i] / 442;
  assert_close(mean, 152.13348416289594, 0, 1e-13); /* Efron et al.: 152.1 */
  iclgd_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_is_read),
      cmocka_unit_test(columns_are_chosen),
      cmocka_unit_test(choices_that_cannot_be),
      cmocka_unit_test(names_that_are_none),
      cmocka_unit_test(the_first_line_is_a_row),
      cmocka_unit_test(missing_values),
      cmocka_unit_test(texts_are_encoded),
      cmocka_unit_test(texts_that_are_no_classes),
      cmocka_unit_test(too_many_features),
      cmocka_unit_test(faults_are_placed),
      cmocka_unit_test(files_that_are_no_tables),
      cmocka_unit_test(a_table_that_is_too_large),
      cmocka_unit_test(a_zero_byte_is_no_number),
      cmocka_unit_test(the_shipped_table_loads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
