/* What the probe `structure` says: learned A beside eta I. */
#include "report/section.h"
#include "report/text.h"

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  static const char *const names[] = {"scale", "distance_to_identity",
                                      "antisymmetric_share"};
  if (!iclgd_source_has(r->source, "structure/scale")) return ICLGD_OK;
  size_t count = 0;
  json_t *structure = iclgd_reader_set(r, summary, "structure", json_object());
  iclgd_reader_copy_text(r, "structure", "coordinates", structure,
                         "coordinates");
  const iclgd_status status =
      iclgd_reader_copy_lists(r, "structure", names, 3, &count, structure);
  return status;
}

static void print(const json_t *summary, FILE *out) {
  const json_t *s = json_object_get(summary, "structure");
  if (!s) return;
  const json_t *scale = json_object_get(s, "scale");
  const json_t *distance = json_object_get(s, "distance_to_identity");
  const json_t *skew = json_object_get(s, "antisymmetric_share");
  fprintf(out, "\nLearned A beside a multiple of I (%s)\n",
          iclgd_json_text(s, "coordinates"));
  fprintf(out, "  %5s %12s %22s %15s\n", "layer", "scale tr(A)/d",
          "distance to identity", "antisymmetric");
  for (size_t l = 0; l < json_array_size(scale); ++l) {
    fprintf(out, "  %5zu", l + 1);
    iclgd_text_cell(out, 12, 6, iclgd_json_element(scale, l));
    iclgd_text_cell(out, 22, 3, iclgd_json_element(distance, l));
    iclgd_text_cell(out, 15, 3, iclgd_json_element(skew, l));
    fputc('\n', out);
  }
}

const iclgd_section iclgd_section_structure = {build, print};
