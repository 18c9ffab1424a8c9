/* What the probe `identify` found, as datasets of /entry/identify and, for the
 * parameters of each hypothesis, /entry/identify_fit/<hypothesis>. */
#include <stdio.h>
#include <string.h>

#include "probes/identify/parts.h"

static iclgd_status write_table(const identify_findings *s, iclgd_arena *arena,
                                iclgd_record *record, iclgd_error *err) {
  const size_t H = s->count;
  const char **names = iclgd_arena_take(arena, H, sizeof *names);
  const char **titles = iclgd_arena_take(arena, H, sizeof *titles);
  int64_t *parameters = iclgd_arena_take(arena, H, sizeof *parameters);
  int64_t *built = iclgd_arena_take(arena, H, sizeof *built);
  double *stride = iclgd_arena_reals(arena, H, 1, 1);
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  for (size_t h = 0; h < H; ++h) {
    const identify_hypothesis *of = &s->hypotheses[h];
    names[h] = of->family->name;
    titles[h] = of->family->title;
    parameters[h] = (int64_t)of->n_parameters;
    built[h] = of->by_construction;
    stride[h] = (double)of->steps / (double)of->layers;
  }
  const iclgd_member members[] = {{"name", &H, names},
                                  {"title", &H, titles},
                                  {"parameters", &H, parameters},
                                  {"stride", &H, stride},
                                  {"by_construction", &H, built}};
  return iclgd_record_put_all(record, "identify", MEMBERS(members), err);
}

/* All special cases of a hypothesis, those of its special cases too. */
static void list_bases(const identify_findings *s, size_t h, char *out,
                       size_t size) {
  const identify_hypothesis *of = &s->hypotheses[h];
  for (size_t b = 0; b < of->n_bases; ++b) {
    const size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used ? "," : "",
             s->hypotheses[of->bases[b]].family->name);
    list_bases(s, of->bases[b], out, size);
  }
}

static iclgd_status write_kinship(const identify_findings *s,
                                  iclgd_arena *arena, iclgd_record *record,
                                  iclgd_error *err) {
  const char **extends = iclgd_arena_take(arena, s->count, sizeof *extends);
  const char **own = iclgd_arena_take(arena, s->count, sizeof *own);
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  for (size_t h = 0; h < s->count; ++h) {
    char list[512] = "";
    const char *optimum = s->hypotheses[h].family->optimum;
    list_bases(s, h, list, sizeof list);
    extends[h] = iclgd_arena_text(arena, list);
    own[h] = optimum ? optimum : "";
  }
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  iclgd_record_put(record, "identify", "extends", &s->count, extends, err);
  return iclgd_record_put(record, "identify", "algorithm", &s->count, own, err);
}

static void write_result(const identify_findings *s, iclgd_record *record,
                         iclgd_error *err) {
  const identify_result *r = s->result;
  const size_t by_layer[] = {s->count, s->layers + 1};
  const size_t square[] = {s->count, s->count};
  const iclgd_member members[] = {
      {"unexplained", by_layer, r->unexplained},
      {"unexplained_errors", by_layer, r->unexplained_errors},
      {"overall", square, r->overall},
      {"overall_errors", square, r->overall_errors},
      {"excess", square, r->excess},
      {"excess_errors", square, r->excess_errors},
      {"apart", square, r->apart}};
  iclgd_record_put_all(record, "identify", MEMBERS(members), err);
}

static void write_attributes(const identify_findings *s, iclgd_record *record,
                             iclgd_error *err) {
  static const char group[] = "identify";
  iclgd_record_attr_real(record, group, "tolerance", s->tolerance, err);
  iclgd_record_attr_real(record, group, "prediction_size", s->prediction_size,
                         err);
  iclgd_record_attr_text(record, group, "chosen",
                         s->hypotheses[s->result->chosen].family->name, err);
  iclgd_record_attr_text(record, group, "kind", s->result->kind, err);
  iclgd_record_attr_text(record, group, "measured",
                         s->weights ? "weights" : "predictions", err);
  iclgd_record_attr_int(record, group, "excluded", (int64_t)s->excluded, err);
  iclgd_record_attr_int(record, group, "prompts", (int64_t)s->prompts, err);
  iclgd_record_attr_int(record, group, "tuning_prompts", (int64_t)s->fitted,
                        err);
}

/* "eta", or "eta_2" where it is that of layer 2. */
static iclgd_status write_names(iclgd_arena *arena,
                                const identify_hypothesis *h, const char *group,
                                iclgd_record *record, iclgd_error *err) {
  const char **names = iclgd_arena_take(arena, h->n_z, sizeof *names);
  if (!names) return iclgd_fail_memory(err, "identify");
  for (size_t i = 0; i < h->n_z; ++i) {
    char name[32];
    size_t layer;
    const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
    if (layer > 0)
      snprintf(name, sizeof name, "%s_%zu", knob->name, layer);
    else
      snprintf(name, sizeof name, "%s", knob->name);
    names[i] = iclgd_arena_text(arena, name);
  }
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  return iclgd_record_put(record, group, "parameter_name", &h->n_z, names, err);
}

static iclgd_status write_fit(iclgd_arena *arena, const identify_hypothesis *h,
                              iclgd_record *record, iclgd_error *err) {
  const size_t count = h->n_parameters;
  char group[64];
  snprintf(group, sizeof group, "identify_fit/%s", h->family->name);
  iclgd_record_put_axis(record, group, "parameter", 0, count, err);
  const iclgd_member members[] = {{"value", &count, h->value},
                                  {"low", &count, h->low},
                                  {"high", &count, h->high},
                                  {"optimal", &count, h->optimal}};
  iclgd_status status =
      iclgd_record_put_all(record, group, MEMBERS(members), err);
  if (h->n_z > 0) status = write_names(arena, h, group, record, err);
  return status ? status
                : iclgd_record_attr_text(record, group, "label",
                                         h->family->title, err);
}

iclgd_status iclgd_identify_write(const identify_findings *findings,
                                  iclgd_arena *arena, iclgd_record *record,
                                  iclgd_error *err) {
  TRY(write_table(findings, arena, record, err));
  TRY(write_kinship(findings, arena, record, err));
  write_result(findings, record, err);
  write_attributes(findings, record, err);
  for (size_t h = 0; h < findings->count; ++h)
    if (findings->hypotheses[h].n_parameters > 0)
      TRY(write_fit(arena, &findings->hypotheses[h], record, err));
  return ICLGD_OK;
}
