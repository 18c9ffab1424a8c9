/* iclgd/report.h - what a file says: pure functions of a file. */
#ifndef ICLGD_REPORT_H
#define ICLGD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "iclgd/status.h"

/* Print the summary of a file, as text of up to 80 columns or as one JSON
 * object. The text: the verdict, what was run, the losses layer by layer, and
 * one line for everything else that was asked. Groups that the file has not are
 * left out. */
iclgd_status iclgd_report_summary(const char *path, bool json, FILE *out,
                                  iclgd_error *err);

/* Print sections of the summary in full, as text: "setup", "losses", "theory",
 * "training", "seeds", or the name of a probe; with n_names 0 all of them.
 * ICLGD_EUSAGE: there is no such section. */
iclgd_status iclgd_report_sections(const char *path, const char *const *names,
                                   size_t n_names, FILE *out, iclgd_error *err);

/* Print what these sections read as one JSON object: their members of that of
 * iclgd_report_summary. */
iclgd_status iclgd_report_members(const char *path, const char *const *names,
                                  size_t n_names, FILE *out, iclgd_error *err);

/* Where and how a figure is drawn; zero-initialise what is not of interest. */
typedef struct iclgd_plot_options {
  const char *what;          /* of iclgd_report_figures; NULL: "loss" */
  const char *output;        /* FIG.svg, .png or .pdf; NULL: text on `out` */
  const char *const *others; /* (n_others) further files, whose main lines are
                                drawn beside the first one's */
  size_t n_others;
  const char *algorithms; /* those that are drawn, "gd,newton"; NULL: some that
                             are close to the model */
  const char *title;      /* "" for none; NULL: the file's */
  double width;           /* of a picture, in cm; 0: 16 */
  size_t columns, rows;   /* of the text, at least 40 x 12 */
  bool colour;            /* of the text: escape codes for colours */
  bool unicode;           /* of the text: braille and blocks, in UTF-8 */
} iclgd_plot_options;

/* One line per figure: its name and what it shows. */
void iclgd_report_figures(FILE *out);

/* Draw one figure of a file, or of theory (symmetry) with path NULL, as a
 * picture, or as plain text. A figure file appears under its name only when it
 * is complete, and replaces an older one; equal figures give equal bytes.
 * ICLGD_EUSAGE: no such figure or format; ICLGD_EINPUT: the file has not the
 * group; ICLGD_EIO: it cannot be drawn or written. */
iclgd_status iclgd_report_plot(const char *path,
                               const iclgd_plot_options *options, FILE *out,
                               iclgd_error *err);

/* Write a file as one page of HTML that needs nothing else: the verdict,
 * figures, tables, what every probe says, and how to reproduce it. What the
 * file has not is left out. `output` appears only when it is complete and
 * replaces an older one; NULL: the page goes to `out`. Equal files under one
 * name give equal bytes. */
iclgd_status iclgd_report_page(const char *path, const char *output, FILE *out,
                               iclgd_error *err);

/* What is exported, and how; zero-initialise what is not of interest. */
typedef struct iclgd_export_options {
  const char *what;   /* a group or dataset below /entry; NULL: the group of the
                         default plot */
  const char *format; /* csv, json, jsonl; NULL: as `output` ends, else csv */
  const char *output; /* a file; NULL or "-": `out` */
  bool list;          /* list what can be exported instead */
  bool terminal;      /* `out` is a terminal: texts in one line, without codes;
                         else they are exact */
} iclgd_export_options;

/* Write part of a file as a tidy table, one row per element: coordinates by
 * the names of the dims, then values. Of a group: the datasets that share the
 * dims of its signal. Memory does not grow with the arrays. NaN is an empty
 * field in CSV (RFC 4180), numbers that are not finite are null in JSON. A file
 * appears under its name only when it is complete, and replaces an older one.
 * ICLGD_EUSAGE: no such format, nothing of that name (the nearest is
 * suggested); ICLGD_EINPUT, ICLGD_EIO: reading, writing failed. */
iclgd_status iclgd_report_export(const char *path,
                                 const iclgd_export_options *options, FILE *out,
                                 iclgd_error *err);

/* Print what differs between two files, as text of up to 80 columns or as one
 * JSON object: settings, the program, losses by layer, learned weights, metrics
 * of alignment, best steps, what only one of them has. A difference is seen
 * beside the combined standard error of both, sqrt(a^2 + b^2), as if their
 * prompts were independent. *equal: settings and all numbers that are compared
 * are the same (then text is empty); the program may be another. */
iclgd_status iclgd_report_diff(const char *a, const char *b, bool json,
                               bool *equal, FILE *out, iclgd_error *err);

/* Where a run stands, by the file of a watchable one. */
typedef struct iclgd_run_progress {
  long step, planned; /* of the training of the first seed */
  double loss;        /* held-out, at that step */
  bool finished;      /* the file is the last */
  long writer;        /* the process of the run where it is one of this
                         machine, else 0 */
} iclgd_run_progress;

/* ICLGD_EINPUT: the file has no /entry/training. */
iclgd_status iclgd_run_progress_of(const char *path, iclgd_run_progress *out,
                                   iclgd_error *err);

#endif /* ICLGD_REPORT_H */
