/* What the probe `alignment_training` says: how the last layer came, over
 * training, to the step of its number of the first algorithm, which is gradient
 * descent unless that was left out. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "probes/views.h"

/* A metric of the last layer beside its step, by snapshot. */
static void read_last(iclgd_reader *r, const char *group, const char *metric,
                      const char *key, size_t *snapshots, json_t *to) {
  size_t extents[] = {*snapshots, 0, 0};
  const double *all = iclgd_reader_reals(r, group, metric, 3, extents);
  const size_t last = extents[1] - 1, steps = extents[2];
  if (!all || extents[1] == 0) return;
  *snapshots = extents[0];
  json_t *list = iclgd_reader_set(r, to, key, json_array());
  for (size_t i = 0; i < *snapshots; ++i)
    iclgd_reader_append(
        r, list,
        iclgd_json_number(
            last < steps ? all[(i * extents[1] + last) * steps + last] : NAN));
}

static void read(iclgd_reader *r, json_t *summary) {
  const json_t *first =
      json_array_get(json_object_get(summary, "algorithms"), 0);
  const char *name = iclgd_json_text(first, "name");
  char group[128];
  snprintf(group, sizeof group, "alignment_training/%.80s", name);
  json_t *m = iclgd_reader_part(r, group, "update", "update @prompts", summary,
                                "alignment_training");
  size_t snapshots = iclgd_json_length(m, "update");
  if (!m) return;
  iclgd_reader_set(r, m, "name", json_string(name));
  read_last(r, group, "prediction_difference", "difference", &snapshots, m);
  read_last(r, group, "sensitivity_cosine", "cosine", &snapshots, m);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  enum { MOST = 12 };
  static const iclgd_column columns[] = {
      {"training step", .list = "update", .format = ICLGD_AS_WHOLE},
      {"difference of predictions", .digits = 3, .list = "difference"},
      {"cosine of weights", .digits = 5, .list = "cosine"}};
  const json_t *m = json_object_get(summary, "alignment_training");
  const size_t count = iclgd_json_length(m, "update");
  if (count == 0) return;
  iclgd_put_claim(
      out, "Its distance from %s: %s -> %s.",
      iclgd_summary_title(summary, iclgd_json_text(m, "name")),
      iclgd_number_text(out, 3, iclgd_json_at(m, "difference", 0)),
      iclgd_number_text(out, 3, iclgd_json_at(m, "difference", count - 1)));
  iclgd_put_lists(out, m, columns, sizeof columns / sizeof *columns, 0, MOST,
                  "The last layer beside the step of its number of %s, at "
                  "snapshots of training, on %ld prompts: the mean |difference "
                  "of predictions| and the cosine of the implied weights.",
                  iclgd_summary_title(summary, iclgd_json_text(m, "name")),
                  iclgd_json_whole(m, "prompts"));
  iclgd_put_figure(out, "cosine");
}

const iclgd_view iclgd_view_alignment_training = {
    .title = "Alignment over training", .read = read, .tell = tell};
