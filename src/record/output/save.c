/* A stream on a temporary file, which becomes the file when all is written. */
#include "record/output/save.h"

#include <errno.h>
#include <string.h>

#include "record/output/temporary.h"

static iclgd_status cannot_write(const char *path, iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", path,
                    strerror(errno));
}

iclgd_status iclgd_check_written(FILE *out, const char *path,
                                 iclgd_error *err) {
  return fflush(out) == 0 && !ferror(out) ? ICLGD_OK : cannot_write(path, err);
}

static iclgd_status fill(const iclgd_temporary *temporary,
                         iclgd_stream_writer write, const void *what,
                         iclgd_error *err) {
  FILE *file = fopen(temporary->name, "wb");
  if (!file) return cannot_write(temporary->path, err);
  iclgd_status status = write(what, file, err);
  if (!status) status = iclgd_check_written(file, temporary->path, err);
  if (fclose(file) != 0 && !status) status = cannot_write(temporary->path, err);
  return status;
}

iclgd_status iclgd_save(const char *path, iclgd_stream_writer write,
                        const void *what, iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_temporary temporary;
  iclgd_status status = iclgd_temporary_create(path, &arena, &temporary, err);
  if (!status) {
    status = fill(&temporary, write, what, err);
    status = iclgd_temporary_end(&temporary, status, err);
  }
  iclgd_arena_free(&arena);
  return status;
}
