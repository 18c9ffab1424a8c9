/* iclgd/view.h - what a file says about one question: read once, told twice.
 *
 * A view first reads its part of a file into a member of the summary (what
 * `iclgd show --json` prints), then tells that member as blocks: a claim,
 * sentences, tables, figures. The terminal and the page are two renderers of
 * the same blocks, so that they never say different things. Words are ASCII;
 * the page sets "+-", "R^2" and "model's" as a printer would. */
#ifndef ICLGD_VIEW_H
#define ICLGD_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "iclgd/json.h"
#include "iclgd/reader.h"

typedef struct iclgd_blocks iclgd_blocks;

/* The view of a probe, or of a stage of the pipeline. */
typedef struct iclgd_view {
  const char *title; /* the heading of its part */
  /* Add the members of the summary, unless the file has nothing of them. Views
   * are read in order, so that those of earlier ones are there. */
  void (*read)(iclgd_reader *r, json_t *summary);
  /* Put the blocks of a summary in which all views have been read; none, unless
   * it has the member. */
  void (*tell)(const json_t *summary, iclgd_blocks *out);
} iclgd_view;

/* --- words ------------------------------------------------------------- */

/* The answer as a sentence, of 60 characters where titles allow; it stands for
 * the whole view in the short summary. It never says more than the tables know.
 */
void iclgd_put_claim(iclgd_blocks *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void iclgd_put_sentence(iclgd_blocks *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void iclgd_put_heading(iclgd_blocks *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A term and what is said of it, "Model: 1 layer x 5 loops". */
void iclgd_put_term(iclgd_blocks *out, const char *term, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* A number or an estimate in a sentence; "undefined" for what is not finite (a
 * mean of nothing, a quotient of zeros, a loss that overflowed). The text lives
 * as long as the blocks. */
const char *iclgd_number_text(iclgd_blocks *out, int digits, double value);
const char *iclgd_estimate_text(iclgd_blocks *out, double value, double error);

/* --- tables ------------------------------------------------------------ */

typedef enum iclgd_cell_format {
  ICLGD_AS_NUMBER,  /* `digits` of it; an estimate: those of its error */
  ICLGD_AS_FIXED,   /* `digits` decimals */
  ICLGD_AS_WHOLE,   /* a count */
  ICLGD_AS_PERCENT, /* a share, with one decimal */
  ICLGD_AS_TEXT
} iclgd_cell_format;

typedef struct iclgd_column {
  const char *title;
  int digits;
  const char *list, *errors; /* members, of iclgd_put_lists */
  const char *note;          /* of these, in place of errors; or NULL */
  iclgd_cell_format format;
  bool alike; /* one of a series: the terminal leaves out what has no room */
} iclgd_column;

/* Begin a table; rows and their cells, from left to right, follow. The caption
 * says what it shows and how to read it. Columns are copied. */
void iclgd_put_table(iclgd_blocks *out, const iclgd_column *columns,
                     size_t count, const char *caption, ...)
    __attribute__((format(printf, 4, 5)));

/* Begin a row; its first cell is a name or a number. */
void iclgd_put_row(iclgd_blocks *out, const char *name, ...)
    __attribute__((format(printf, 2, 3)));
void iclgd_put_row_of(iclgd_blocks *out, double number);

/* A number; with its standard error; with a note in place of that, "exact" or
 * "unknown"; a text. */
void iclgd_put_number(iclgd_blocks *out, double value);
void iclgd_put_estimate(iclgd_blocks *out, double value, double error);
void iclgd_put_noted(iclgd_blocks *out, double value, const char *note);
void iclgd_put_text(iclgd_blocks *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "0.1 to 0.2", 3 digits; "-" where one of the two is not finite. */
void iclgd_put_range(iclgd_blocks *out, double low, double high);

/* The last cell stands out; the last row stands in the short summary, too
 * (where no row of a table does, all do). */
void iclgd_put_mark(iclgd_blocks *out);
void iclgd_put_key(iclgd_blocks *out);

/* A whole table from lists of an object: row k has element k of the list of
 * every column, and the number k + first where a column has no list. Of more
 * than `most` rows some, spread evenly. */
void iclgd_put_lists(iclgd_blocks *out, const json_t *object,
                     const iclgd_column *columns, size_t count, size_t first,
                     size_t most, const char *caption, ...)
    __attribute__((format(printf, 7, 8)));

/* Of `count` at most `most`, spread evenly, the first and the last among them:
 * the i-th that is shown. */
size_t iclgd_evenly(size_t i, size_t count, size_t most);

/* --- the rest ---------------------------------------------------------- */

/* A figure by its name (`iclgd plot --list`), with its caption; nothing where
 * the file has not its group. */
void iclgd_put_figure(iclgd_blocks *out, const char *name);

/* What is long: folded on the page. */
void iclgd_put_fold(iclgd_blocks *out, const char *title);
void iclgd_put_fold_end(iclgd_blocks *out);

/* Whether the blocks from here on stand in the short summary (at first: no). */
void iclgd_put_in_short(iclgd_blocks *out, bool wanted);

/* --- what several views ask of a summary ------------------------------- */

/* The depth of the model, layers x loops, as far as its losses reach; 0 without
 * a model. */
size_t iclgd_summary_depth(const json_t *summary);

/* Whether rare prompts carry the mean loss of the model's last layer: then no
 * sampled mean beside it, nor a ratio of such means, has an error that holds.
 */
bool iclgd_final_is_hidden(const json_t *summary);

/* A sentence where more than 1% of the `offered` were left out of a mean: how
 * many, and of `what` ("prompts, whose loss is not finite"). `excluded` is a
 * member of the object, a count or a list of them by layer; a layer that is
 * without any has no mean, and shows that. */
void iclgd_put_left_out(iclgd_blocks *out, const json_t *object,
                        const char *excluded, double offered, const char *what);

/* Why a probe or an algorithm was not run; NULL where the file does not say. */
const char *iclgd_not_run(const json_t *summary, const char *name);

/* The title of an algorithm; its name where it has none. */
const char *iclgd_summary_title(const json_t *summary, const char *name);

#endif /* ICLGD_VIEW_H */
