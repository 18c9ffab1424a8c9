/* A CSV file as features and labels. */
#ifndef ICLGD_PROMPT_TABLE_READ_H
#define ICLGD_PROMPT_TABLE_READ_H

#include <iclgd/table.h>

/* Everything of *out but the split of the rows; iclgd_table_load's errors. */
iclgd_status iclgd_table_read(const char *path, const iclgd_table_form *form,
                              iclgd_arena *arena, iclgd_table *out,
                              iclgd_error *err);

#endif /* ICLGD_PROMPT_TABLE_READ_H */
