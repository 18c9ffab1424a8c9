/* Checkpoints: which there is, and what it holds.
 *
 * The one before is renamed before the new one gets its name, so that at any
 * instant one of the two stands (docs/running.md). One that is damaged is not:
 * the new one takes its place, and the sound one before it stays until then. */
#include "run/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record/output/leftovers.h"
#include "run/same_run.h"

static const iclgd_group groups[] = {
    GROUP("checkpoint", "a training under way",
          "attributes: `done`, training runs that are over; `row` and "
          "`snapshot`, the next ones of the run under way; `prompts`, what "
          "tells them from others"),
};

static const iclgd_dataset datasets[] = {
    DATA_REAL("checkpoint/first", "measure,row", "journal of the first run",
              "loss, held-out loss, gradient norm, learning rate"),
    DATA_REAL("checkpoint/current", "measure,row", "of the run under way",
              "the same"),
    DATA_REAL("checkpoint/snapshots", "snapshot,number", "weights",
              "of the "
              "first training run, over training"),
    DATA_REAL("checkpoint/trainer", "value", "state of the trainer",
              "iclgd_trainer_save"),
    DATA_REAL("checkpoint/losses", "run,row", "held-out losses",
              "of runs "
              "that are over"),
    DATA_REAL("checkpoint/finals", "run,number", "final weights", "the same"),
    DATA_REAL("checkpoint/final_losses", "run", "final loss", "the same"),
    DATA_INT("checkpoint/seeds", "run", "seed", "the same"),
    DATA_INT("checkpoint/diverged_at", "run", "step", "the same"),
};

const iclgd_schema iclgd_checkpoint_schema = SCHEMA(groups, datasets);

/* --- where they stand ---------------------------------------------------- */

enum { NAME_MAX_SIZE = 4096 };

static void name_of(const iclgd_job *job, bool old, char out[NAME_MAX_SIZE]) {
  snprintf(out, NAME_MAX_SIZE, "%s.checkpoint%s", job->options->output,
           old ? ".old" : "");
}

static bool exists(const char *path) {
  return access(path, F_OK) == 0;
}

/* The newer of those that are there, or NULL. */
static const char *newest(const iclgd_job *job, char out[NAME_MAX_SIZE]) {
  for (int old = 0; old < 2; ++old) {
    name_of(job, old, out);
    if (exists(out)) return out;
  }
  return NULL;
}

void iclgd_checkpoint_remove(const iclgd_job *job) {
  char name[NAME_MAX_SIZE];
  for (int old = 0; old < 2; ++old) {
    name_of(job, old, name);
    unlink(name);
  }
  name_of(job, false, name);
  iclgd_remove_leftovers(name); /* of writers that were killed */
}

/* --- from which one to go on -------------------------------------------- */

/* The newer one, or the older where that is damaged. */
static iclgd_status open_one(iclgd_job *job, iclgd_error *err) {
  char name[NAME_MAX_SIZE];
  iclgd_status status = ICLGD_OK;
  for (int old = 0; old < 2; ++old) {
    name_of(job, old, name);
    if (!exists(name)) continue;
    job->goes_on_old = old;
    status = iclgd_source_open(name, &job->checkpoint, err);
    if (!status) status = iclgd_check_checkpoint(job, job->checkpoint, err);
    if (!status || status == ICLGD_EUSAGE) return status;
    iclgd_checkpoint_close(job);
  }
  return status;
}

/* Those of a run that was killed before it could remove them. */
static void remove_own(iclgd_job *job) {
  iclgd_error unused;
  if (!open_one(job, &unused)) iclgd_checkpoint_remove(job);
}

iclgd_status iclgd_checkpoint_find(iclgd_job *job, unsigned stages,
                                   iclgd_error *err) {
  char name[NAME_MAX_SIZE];
  const iclgd_run_options *options = job->options;
  const bool there = newest(job, name) != NULL;
  if (options->resume && !options->force && exists(options->output))
    TRY(iclgd_check_output(job, stages, err));
  if (job->is_complete && there) remove_own(job);
  if (job->is_complete || !there) return ICLGD_OK;
  if (options->resume) return open_one(job, err);
  if (options->force) return ICLGD_OK; /* they go when training begins */
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: a training that was stopped can go on from here: "
                    "--resume does, --force begins anew",
                    name);
}

bool iclgd_checkpoint_is_found(const iclgd_job *job) {
  return job->checkpoint != NULL;
}

void iclgd_checkpoint_close(iclgd_job *job) {
  iclgd_source_close(job->checkpoint);
  job->checkpoint = NULL;
}

/* --- what it holds ------------------------------------------------------- */

enum { MEASURES = 4 };

/* The columns of a journal, one after another. */
static void columns_of(const iclgd_journal *j, double *out[MEASURES]) {
  out[0] = j->loss;
  out[1] = j->loss_eval;
  out[2] = j->grad_norm;
  out[3] = j->learning_rate;
}

static void write_journal(iclgd_job *job, const char *name,
                          const iclgd_journal *j, iclgd_error *err) {
  const size_t extents[] = {MEASURES, j->rows};
  double *columns[MEASURES];
  columns_of(j, columns);
  if (iclgd_record_begin(job->record, name, extents, err)) return;
  for (size_t k = 0; k < MEASURES; ++k)
    iclgd_record_part(job->record, name, (size_t[]){k, 0},
                      (size_t[]){1, j->rows}, columns[k], err);
}

/* The runs that are over. */
static void write_runs(iclgd_job *job, const iclgd_standing *s,
                       iclgd_error *err) {
  const iclgd_training_runs *runs = s->runs;
  const size_t losses[] = {s->done, s->first->rows};
  const size_t finals[] = {s->done, s->size};
  const iclgd_member members[] = {{"losses", losses, runs->loss},
                                  {"finals", finals, runs->theta},
                                  {"final_losses", &s->done, runs->final_loss},
                                  {"seeds", &s->done, runs->seed},
                                  {"diverged_at", &s->done, runs->diverged_at}};
  iclgd_record_put_all(job->record, "checkpoint", MEMBERS(members), err);
}

static iclgd_status write_trainer(iclgd_job *job, const iclgd_standing *s,
                                  iclgd_error *err) {
  double *state = iclgd_arena_reals(&job->arena, s->state_size, 1, 1);
  if (!state) return iclgd_fail_memory(err, "the checkpoint");
  iclgd_trainer_save(s->trainer, state);
  return iclgd_record_write(job->record, "checkpoint/trainer", &s->state_size,
                            state, err);
}

static iclgd_status write_standing(iclgd_job *job, void *context,
                                   iclgd_error *err) {
  const iclgd_standing *s = context;
  char prompts[ICLGD_PROMPTS_SIZE];
  const size_t snapshots[] = {s->first->snapshots, s->size};
  TRY(iclgd_identify_prompts(job, prompts, err));
  write_journal(job, "checkpoint/first", s->first, err);
  if (s->current != s->first)
    write_journal(job, "checkpoint/current", s->current, err);
  iclgd_record_write(job->record, "checkpoint/snapshots", snapshots,
                     s->first->theta, err);
  if (s->done > 0) write_runs(job, s, err);
  if (s->state_size > 0) TRY(write_trainer(job, s, err));
  const struct {
    const char *name;
    int64_t value;
  } attributes[] = {{"done", (int64_t)s->done},
                    {"row", (int64_t)s->row},
                    {"snapshot", (int64_t)s->snapshot}};
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; ++i)
    iclgd_record_attr_int(job->record, "checkpoint", attributes[i].name,
                          attributes[i].value, err);
  return iclgd_record_attr_text(job->record, "checkpoint", "prompts", prompts,
                                err);
}

static iclgd_status write_checkpoint(iclgd_job *job,
                                     const iclgd_standing *standing,
                                     iclgd_error *err) {
  char name[NAME_MAX_SIZE], old[NAME_MAX_SIZE];
  iclgd_standing copy = *standing;
  name_of(job, false, name);
  name_of(job, true, old);
  if (!job->goes_on_old && rename(name, old) != 0 && errno != ENOENT)
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot be renamed: %s", name,
                      strerror(errno));
  TRY(iclgd_write_aside(job, name, true, write_standing, &copy, err));
  job->goes_on_old = false;
  return ICLGD_OK;
}

void iclgd_checkpoint_keep(iclgd_job *job, const iclgd_standing *standing) {
  if (write_checkpoint(job, standing, &job->unkept)) {
    ++job->n_unkept;
  } else {
    ++job->n_kept;
    job->is_kept = true;
  }
}

iclgd_status iclgd_checkpoint_note(iclgd_job *job, iclgd_error *err) {
  enum { SIZE = 320 };
  char text[SIZE];
  const size_t all = job->n_kept + job->n_unkept;
  if (job->n_unkept == 0) return ICLGD_OK;
  if (job->n_kept == 0)
    snprintf(text, SIZE, "no checkpoint could be written: %.240s",
             job->unkept.text);
  else
    snprintf(text, SIZE, "%zu of %zu checkpoints could not be written: %.220s",
             job->n_unkept, all, job->unkept.text);
  return iclgd_record_attr_text(job->record, "training", "checkpoints", text,
                                err);
}

static iclgd_status read_journal(iclgd_job *job, const char *name,
                                 iclgd_journal *j, iclgd_error *err) {
  size_t extents[] = {MEASURES, j->rows};
  double *numbers, *columns[MEASURES];
  columns_of(j, columns);
  TRY(iclgd_source_reals(job->checkpoint, name, 2, extents, &job->arena,
                         &numbers, err));
  for (size_t k = 0; k < MEASURES; ++k)
    memcpy(columns[k], numbers + k * j->rows, j->rows * sizeof *numbers);
  return ICLGD_OK;
}

/* A dataset into an array that is there. */
static iclgd_status read_into(iclgd_job *job, const char *name, size_t rank,
                              const size_t *extents, void *out, bool whole,
                              iclgd_error *err) {
  const size_t start[2] = {0};
  size_t found[ICLGD_RANK_MAX], found_rank;
  char path[64];
  snprintf(path, sizeof path, "checkpoint/%s", name);
  TRY(iclgd_source_extents(job->checkpoint, path, &found_rank, found, err));
  if (found_rank != rank || memcmp(found, extents, rank * sizeof *found) != 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s: not of the size these settings give",
                      iclgd_source_path(job->checkpoint), path);
  return whole ? iclgd_source_part_ints(job->checkpoint, path, rank, start,
                                        extents, out, err)
               : iclgd_source_part(job->checkpoint, path, rank, start, extents,
                                   out, err);
}

static iclgd_status read_runs(iclgd_job *job, iclgd_standing *s,
                              iclgd_error *err) {
  iclgd_training_runs *runs = s->runs;
  const size_t losses[] = {s->done, s->first->rows};
  const size_t finals[] = {s->done, s->size};
  TRY(read_into(job, "losses", 2, losses, runs->loss, false, err));
  TRY(read_into(job, "finals", 2, finals, runs->theta, false, err));
  TRY(read_into(job, "final_losses", 1, &s->done, runs->final_loss, false,
                err));
  TRY(read_into(job, "seeds", 1, &s->done, runs->seed, true, err));
  return read_into(job, "diverged_at", 1, &s->done, runs->diverged_at, true,
                   err);
}

static iclgd_status read_count(iclgd_job *job, const char *name, size_t most,
                               size_t *out, iclgd_error *err) {
  int64_t value;
  TRY(iclgd_source_attr_int(job->checkpoint, "checkpoint", name, &value, err));
  if (value < 0 || (uint64_t)value > most)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/checkpoint, attribute %s: expected 0 to %zu, "
                      "found %lld",
                      iclgd_source_path(job->checkpoint), name, most,
                      (long long)value);
  *out = (size_t)value;
  return ICLGD_OK;
}

iclgd_status iclgd_checkpoint_read(iclgd_job *job, iclgd_standing *s,
                                   iclgd_error *err) {
  const size_t snapshots[] = {s->first->snapshots, s->size};
  TRY(read_count(job, "done", s->runs->runs, &s->done, err));
  TRY(read_count(job, "row", s->first->rows, &s->row, err));
  TRY(read_count(job, "snapshot", s->first->snapshots, &s->snapshot, err));
  TRY(read_journal(job, "checkpoint/first", s->first, err));
  if (iclgd_source_has(job->checkpoint, "checkpoint/current"))
    TRY(read_journal(job, "checkpoint/current", s->current, err));
  TRY(read_into(job, "snapshots", 2, snapshots, s->first->theta, false, err));
  if (s->done > 0) TRY(read_runs(job, s, err));
  s->state_size = 0;
  if (iclgd_source_has(job->checkpoint, "checkpoint/trainer"))
    TRY(iclgd_source_reals(job->checkpoint, "checkpoint/trainer", 1,
                           &s->state_size, &job->arena, &s->state, err));
  return iclgd_source_check_read(job->checkpoint, err);
}
