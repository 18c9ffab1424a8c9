/* The sections of the summary as parts of the page. A section that has no row
 * here stands on the page as the terminal has it. */
#include "report/html_sections.h"

#include <stdlib.h>
#include <string.h>

extern const iclgd_section iclgd_section_seeds;
extern const iclgd_section iclgd_section_identify;
extern const iclgd_section iclgd_section_filter;
extern const iclgd_section iclgd_section_explains;
extern const iclgd_section iclgd_section_structure;
extern const iclgd_section iclgd_section_preconditioner;
extern const iclgd_section iclgd_section_interpolation;
extern const iclgd_section iclgd_section_landscape;
extern const iclgd_section iclgd_section_extrapolation;
extern const iclgd_section iclgd_section_decoding;
extern const iclgd_section iclgd_section_diversity;

static const struct row {
  const iclgd_section *section;
  const char *member, *title, *question; /* `member` of the summary */
  iclgd_status (*write)(iclgd_page *page, const json_t *member);
} rows[] = {
    {&iclgd_section_identify, "identify", "Algorithms fitted to the model",
     "Which algorithm, with which parameters, are its predictions?",
     iclgd_page_identify},
    {&iclgd_section_filter, NULL, NULL, NULL, NULL},   /* html_explains.c */
    {&iclgd_section_explains, NULL, NULL, NULL, NULL}, /* the same */
    {&iclgd_section_seeds, "seeds", "Training runs",
     "How much do the models of different seeds differ?", iclgd_page_seeds},
    {&iclgd_section_structure, "structure", "The learned matrix",
     "How far are the learned weights from gradient descent?",
     iclgd_page_structure},
    {&iclgd_section_preconditioner, "preconditioner", "Updates and gradients",
     "Is each layer\u2019s update a fixed matrix times the gradient?",
     iclgd_page_preconditioner},
    {&iclgd_section_interpolation, "interpolation",
     "Towards constructed weights",
     "Does the path to constructed gradient descent keep the loss?",
     iclgd_page_interpolation},
    {&iclgd_section_landscape, "landscape", "The landscape",
     "What does the loss of a looped layer look like around A?",
     iclgd_page_landscape},
    {&iclgd_section_extrapolation, "extrapolation", "Beyond training",
     "What happens with more loops, and under shifted laws?",
     iclgd_page_extrapolation},
    {&iclgd_section_decoding, "decoding", "Hidden tokens",
     "What can be read linearly from the tokens after each layer?",
     iclgd_page_decoding},
    {&iclgd_section_diversity, "diversity", "Pools of tasks",
     "Does a model of k tasks learn the tasks or regression?",
     iclgd_page_diversity},
};

static const struct row *find(const iclgd_section *section) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (rows[i].section == section) return &rows[i];
  return NULL;
}

static iclgd_status write_row(iclgd_page *page, const struct row *row) {
  const json_t *member =
      row->write ? json_object_get(page->summary, row->member) : NULL;
  if (!member) return ICLGD_OK;
  iclgd_page_part(page, row->member, row->title);
  fprintf(page->out, "<p class=\"soft\">%s</p>\n", row->question);
  const iclgd_status status = row->write(page, member);
  iclgd_page_part_end(page);
  return status;
}

/* As in the terminal: a blank line, a heading, lines. */
static iclgd_status write_as_text(iclgd_page *page,
                                  const iclgd_section *section) {
  char *text = NULL;
  size_t length;
  FILE *stream = open_memstream(&text, &length);
  if (!stream) return iclgd_fail_memory(page->err, "the page");
  section->print(page->summary, stream);
  if (fclose(stream) != 0) return iclgd_fail_memory(page->err, "the page");
  const char *start = text + strspn(text, "\n");
  char *heading = *start ? iclgd_arena_take(page->arena, length + 1, 1) : NULL;
  if (heading) {
    const size_t end = strcspn(start, "\n");
    memcpy(heading, start, end);
    fputs("<section>\n<h2>", page->out);
    iclgd_html_prose(page->out, heading);
    fputs("</h2>\n<pre>", page->out);
    iclgd_html_prose(page->out, start + end + (start[end] == '\n'));
    fputs("</pre>\n</section>\n", page->out);
  }
  free(text);
  return ICLGD_OK;
}

iclgd_status iclgd_page_section(iclgd_page *page,
                                const iclgd_section *section) {
  const struct row *row = find(section);
  return row ? write_row(page, row) : write_as_text(page, section);
}

iclgd_status iclgd_page_sections(iclgd_page *page) {
  size_t count;
  const iclgd_section *const *sections = iclgd_sections(&count);
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < count; ++i)
    status = iclgd_page_section(page, sections[i]);
  return status;
}
