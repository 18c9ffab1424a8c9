/* How figures look: one style sheet, whose colours are variables on a page, of
 * a light and a dark scheme, and values in a picture. The palette is that of
 * Okabe and Ito (2008) without its yellow, which is too light for a white page,
 * lighter where the page is dark; the ramp is viridis (van der Walt and Smith
 * 2015) as far as it can be seen on either. */
#include <stdlib.h>
#include <string.h>

#include "drawing/svg.h"
#include "drawing/svg_parts.h"

static const struct colour {
  const char *name;
  unsigned light, dark;
} colours[] = {
    {"page", 0xffffff, 0x15181c}, {"ink", 0x1c1e21, 0xe4e6e9},
    {"soft", 0x5b6168, 0xa2a9b1}, {"line", 0xd5d9de, 0x3a4048},
    {"tint", 0xf4f6f8, 0x1f242a}, {"1", 0x0072b2, 0x3f9de0},
    {"2", 0xd55e00, 0xf0833f},    {"3", 0x009e73, 0x2cbf93},
    {"4", 0xcc79a7, 0xe29cc4},    {"5", 0x56b4e9, 0x9ad6f7},
    {"6", 0xe69f00, 0xf3b535},    {"8", 0x440154, 0x2e6f8e},
    {"9", 0x481769, 0x287c8e},    {"10", 0x472c7a, 0x238a8d},
    {"11", 0x423f85, 0x1f978b},   {"12", 0x3b518b, 0x20a486},
    {"13", 0x33628d, 0x2db27d},   {"14", 0x2d718e, 0x42be71},
    {"15", 0x27808e, 0x60ca60},   {"16", 0x218f8d, 0x81d34d},
    {"17", 0x1f9e89, 0xa8db34},   {"18", 0x26ad81, 0xcde11d},
    {"19", 0x3bbb75, 0xf1e51d},
};
enum { COLOURS = sizeof colours / sizeof *colours };

static const char rules[] =
    ".plot text{font-size:13px;fill:var(--ink);"
    "font-variant-numeric:tabular-nums}\n"
    ".plot .sup{font-size:.78em}\n"
    ".plot .name{fill:var(--soft)}\n"
    ".plot .e{text-anchor:end}\n"
    ".plot .c{text-anchor:middle}\n"
    ".cells{fill:none;stroke-width:1.02;shape-rendering:crispEdges}\n"
    ".row{fill:var(--tint)}\n"
    ".mark{fill:none;stroke:var(--2);stroke-width:2}\n"
    ".axis,.grid{fill:none;stroke:var(--soft);stroke-width:1}\n"
    ".grid{stroke:var(--line);stroke-width:.7}\n"
    ".l{fill:none;stroke:currentColor;stroke-width:1.4;stroke-linejoin:round}\n"
    ".l.main{stroke-width:2.2}\n"
    ".l.thin{stroke:var(--soft);stroke-width:.8}\n"
    ".d1{stroke-dasharray:5 2.5}.d2{stroke-dasharray:1.5 2}"
    ".d3{stroke-dasharray:6 2 1.5 2}.level{stroke-dasharray:7 4}\n"
    ".b{fill:currentColor;fill-opacity:.18}\n"
    ".m{fill:currentColor}\n"
    ".o{fill:var(--page);stroke:currentColor;stroke-width:1.2}\n";

/* What a picture has beside a page's figure. */
static const char picture_rules[] =
    ".plot{overflow:visible;font-family:Helvetica,Arial,'Liberation Sans',"
    "sans-serif}\n"
    ".plot .title{font-weight:bold}\n"
    ".paper{fill:var(--page)}\n";

static void write_scheme(bool dark, FILE *out) {
  fputs(":root{", out);
  for (size_t i = 0; i < COLOURS; ++i)
    fprintf(out, "%s--%s:#%06x", i ? ";" : "", colours[i].name,
            dark ? colours[i].dark : colours[i].light);
  fputc('}', out);
}

/* The variable that a series of this colour has. */
static const char *name_of(size_t colour, char scratch[24]) {
  if (colour == 0) return "ink";
  if (colour == ICLGD_COLOUR_GREY) return "soft";
  snprintf(scratch, 24, "%zu", colour);
  return scratch;
}

/* Rules with the value of each var(--name). */
static void resolve(const char *text, FILE *out) {
  static const char begin[] = "var(--";
  for (const char *at; (at = strstr(text, begin));) {
    const char *name = at + strlen(begin);
    const size_t length = strcspn(name, ")");
    size_t i = 0;
    while (i + 1 < COLOURS && (strlen(colours[i].name) != length ||
                               strncmp(colours[i].name, name, length) != 0))
      ++i;
    fprintf(out, "%.*s#%06x", (int)(at - text), text, colours[i].light);
    text = name + length + 1;
  }
  fputs(text, out);
}

/* The classes of colours, c0, c1, ... */
static void write_classes(bool variables, FILE *out) {
  for (size_t k = 0; k < ICLGD_COLOURS_ALL; ++k) {
    char number[24], rule[48];
    snprintf(rule, sizeof rule, ".c%zu{color:var(--%s)}\n", k,
             name_of(k, number));
    if (variables)
      fputs(rule, out);
    else
      resolve(rule, out);
  }
}

void iclgd_svg_page_style(FILE *out) {
  write_scheme(false, out);
  fputs("\n@media screen and (prefers-color-scheme:dark){", out);
  write_scheme(true, out);
  fputs("}\n", out);
  fputs(rules, out);
  write_classes(true, out);
}

void iclgd_svg_picture_style(FILE *out) {
  resolve(rules, out);
  resolve(picture_rules, out);
  write_classes(false, out);
}
