/* Whether a model that ran elsewhere sees what it is to predict. */
#include <jansson.h>
#include <math.h>

#include "summary/views.h"

/* What moves less than this share of the change is the rounding of what was
 * brought. */
static const double rounding = 1e-3;
/* Nobody guesses the first label to this share of its mean square. */
static const double guess = 0.01;

/* The most of any layer that the prediction of the changed label moves, and
 * that any before it does. */
static void read_moved(iclgd_reader *r, json_t *m) {
  size_t extents[2] = {0, 0};
  const double *moved = iclgd_reader_reals(r, "causality", "moved", 2, extents);
  double own = 0, earlier = 0;
  if (!moved || extents[1] == 0) return;
  for (size_t i = 0; i < extents[0] * extents[1]; ++i)
    if (i % extents[1] == extents[1] - 1)
      own = fmax(own, moved[i]);
    else
      earlier = fmax(earlier, moved[i]);
  iclgd_reader_attribute(r, "causality", "change", m, "change");
  iclgd_reader_set(r, m, "own", iclgd_json_number(own));
  iclgd_reader_set(r, m, "earlier", iclgd_json_number(earlier));
}

/* The last layer's error without context over that of predicting zero. */
static void read(iclgd_reader *r, json_t *summary) {
  size_t extents[2] = {0, 0};
  const double *error = iclgd_reader_reals(r, "causality", "error", 2, extents);
  if (!error || extents[0] < 2 || extents[1] == 0) return;
  json_t *m = iclgd_reader_set(r, summary, "causality", json_object());
  iclgd_reader_set(
      r, m, "without_context",
      iclgd_json_number(error[(extents[0] - 1) * extents[1]] / error[0]));
  read_moved(r, m);
}

static void tell_moved(const json_t *m, iclgd_blocks *out) {
  const double change = iclgd_json_real(m, "change");
  const double own = iclgd_json_real(m, "own");
  const double earlier = iclgd_json_real(m, "earlier");
  iclgd_put_sentence(
      out,
      "With the last label changed by %.3g, what the model predicts for that "
      "label moves by up to %.3g, and for the labels before it by up to %.3g "
      "(root mean squares over prompts; the most of any layer). %s",
      change, own, earlier,
      fmax(own, earlier) > rounding * change
          ? "Its errors by context length say nothing about learning from the "
            "context."
          : "A causal model moves neither.");
}

bool iclgd_sees_labels(const json_t *summary) {
  const json_t *m = json_object_get(summary, "causality");
  return iclgd_json_real(m, "own") > rounding * iclgd_json_real(m, "change") ||
         iclgd_json_real(m, "without_context") < guess;
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, "causality");
  const double limit = rounding * iclgd_json_real(m, "change");
  const double first = iclgd_json_real(m, "without_context");
  if (!m) return;
  if (iclgd_sees_labels(summary))
    iclgd_put_claim(out, "The model sees the labels that it is to predict.");
  else if (iclgd_json_real(m, "earlier") > limit)
    iclgd_put_claim(out, "The model sees labels of points that come later.");
  else if (isnan(limit))
    iclgd_put_claim(out, "Whether the model sees its labels was not asked.");
  else
    iclgd_put_claim(out, "The last label moves no prediction made before it.");
  if (first < guess)
    iclgd_put_sentence(out,
                       "Without any context the last layer's mean squared "
                       "error is %.2g of that of predicting zero.",
                       first);
  if (!isnan(limit))
    tell_moved(m, out);
  else
    iclgd_put_sentence(out,
                       "Labels of which the last is changed (iclgd generate "
                       "--check-causality) would show it.");
}

const iclgd_view iclgd_view_causality = {
    .title = "What the model sees", .read = read, .tell = tell};
