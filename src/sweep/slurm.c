/* The script of an array job: task t of T runs points t, t + T, t + 2 T, .. */
#include "sweep/slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/output/save.h"

enum { TASKS_MAX = 1000, PATH_SIZE = 4200, CODE_EXEC = 127 };

/* A word that the shell takes as it is. */
static void put_quoted(const char *word, FILE *out) {
  fputc('\'', out);
  for (; *word; ++word)
    if (*word == '\'')
      fputs("'\\''", out);
    else
      fputc(*word, out);
  fputc('\'', out);
}

/* One line of the script for each option of sbatch. */
static void put_options(const char *options, FILE *out) {
  for (options += strspn(options, " "); *options;
       options += strspn(options, " ")) {
    const int length = (int)strcspn(options, " \n");
    fprintf(out, "#SBATCH %.*s\n", length, options);
    options += length;
    if (*options == '\n') break;
  }
}

static iclgd_status put_script(const void *what, FILE *out, iclgd_error *err) {
  const iclgd_slurm_job *job = what;
  const size_t tasks = job->points < TASKS_MAX ? job->points : TASKS_MAX;
  char here[PATH_SIZE];
  if (!getcwd(here, sizeof here))
    return iclgd_fail(err, ICLGD_EIO, "the working directory has no name");
  fprintf(out,
          "#!/bin/sh\n#SBATCH --job-name=iclgd\n#SBATCH --array=1-%zu\n"
          "#SBATCH --cpus-per-task=1\n#SBATCH --output=/dev/null\n",
          tasks);
  put_options(job->options, out);
  fputs(
      "# Points that are done are not run again: submit it as often as "
      "needed.\ncd ",
      out);
  put_quoted(here, out);
  fprintf(out,
          " || exit 1\nfor point in $(seq \"$SLURM_ARRAY_TASK_ID\" %zu %zu); "
          "do\n  ",
          tasks, job->points);
  put_quoted(job->program, out);
  fputs(" sweep", out);
  for (size_t i = 0; i < job->count; ++i) {
    fputc(' ', out);
    put_quoted(job->words[i], out);
  }
  fputs(" -q -o ", out);
  put_quoted(job->folder, out);
  fputs(" --point \"$point\"\ndone\n", out);
  return ICLGD_OK;
}

iclgd_status iclgd_slurm_write(const iclgd_slurm_job *job, iclgd_error *err) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "%.4000s/job.sh", job->folder);
  return iclgd_save(path, put_script, job, err);
}

/* In the child. */
static void become_sbatch(const char *script, const char *answer) {
  const int file = open(answer, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file >= 0) dup2(file, STDOUT_FILENO);
  execlp("sbatch", "sbatch", "--parsable", script, (char *)NULL);
  _exit(CODE_EXEC);
}

iclgd_status iclgd_slurm_submit(const char *folder, iclgd_error *err) {
  char script[PATH_SIZE], answer[PATH_SIZE];
  int how = 0;
  snprintf(script, sizeof script, "%.4000s/job.sh", folder);
  snprintf(answer, sizeof answer, "%.4000s/job-id", folder);
  fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) become_sbatch(script, answer);
  while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR) continue;
  if (pid > 0 && WIFEXITED(how) && WEXITSTATUS(how) == 0) return ICLGD_OK;
  if (pid > 0 && WIFEXITED(how) && WEXITSTATUS(how) == CODE_EXEC)
    return iclgd_fail(err, ICLGD_EIO,
                      "there is no sbatch here: submit %s where it is", script);
  return iclgd_fail(err, ICLGD_EIO, "sbatch %s: failed", script);
}
