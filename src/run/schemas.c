/* What the file holds: one row per room that declares groups or datasets. */
#include <iclgd/schemas.h>

static const iclgd_group groups[] = {
    {"config", "NXcollection", "", "", "", "configuration",
     "every key that can change a number"},
    {"code", "NXcollection", "", "", "", "code",
     "the program, its compiler and its libraries"},
};

static const iclgd_schema schemas[] = {
    {groups, sizeof groups / sizeof *groups, NULL, 0},
};

const iclgd_schema *iclgd_schemas(size_t *count) {
  *count = sizeof schemas / sizeof *schemas;
  return schemas;
}
