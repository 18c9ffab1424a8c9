/* Gradient descent and its kin on the held-out prompts of training, so that the
 * loss over training stands beside a loss of the same prompts: means over
 * prompts are heavy-tailed, and a sample's may be far from the exact one
 * (docs/theory.md, O1). */
#include <math.h>

#include "run/trajectories.h"

static const iclgd_group groups[] = {
    GROUP("held_out", "algorithms on the held-out prompts of training",
          "gradient descent and its kin, with the settings of "
          "/entry/trajectories, on the prompts of /entry/training/loss_eval"),
};

static const iclgd_dataset datasets[] = {
    DATA_TEXT("held_out/algorithm", "algorithm", "algorithm",
              "its name in /entry/trajectories"),
    DATA_INT(
        "held_out/steps", "algorithm", "steps",
        "of the algorithm, as many as the model has layers if it has so many"),
    DATA_REAL("held_out/loss", "algorithm", "loss on held-out prompts",
              "mean squared error after so many steps"),
};

const iclgd_schema iclgd_held_out_schema = SCHEMA(groups, datasets);

enum { GROUP = 16, PATHS_MAX = 16 };

typedef struct trial {
  iclgd_job *job;
  size_t n_paths;
  const iclgd_path *paths[PATHS_MAX];
  size_t depth;  /* of the model */
  double *error; /* (prompts, n_paths) */
  iclgd_thread *threads;
  iclgd_prompts *blocks; /* (threads) of GROUP prompts */
} trial;

/* Steps beside the model's last layer. */
static size_t last_step(const trial *t, size_t p) {
  return t->paths[p]->steps < t->depth ? t->paths[p]->steps : t->depth;
}

static void run_group(void *context, size_t round, size_t index) {
  const trial *t = context;
  const iclgd_thread *own = &t->threads[index];
  const size_t first = round * GROUP, left = t->job->held_out.count - first;
  iclgd_prompts block = t->blocks[index];
  block.count = left < GROUP ? left : GROUP;
  iclgd_prompt_source_draw(&t->job->held_out.source, first, &block);
  for (size_t i = 0; i < block.count; ++i) {
    const iclgd_problem problem =
        iclgd_problem_of(&block, i, true, own->path_scratch.problem_work);
    for (size_t p = 0; p < t->n_paths; ++p) {
      iclgd_path_follow(t->paths[p], &problem, &own->path_scratch, own->w,
                        own->prediction);
      const double off =
          own->prediction[last_step(t, p)] - problem.prompt.y_query;
      t->error[(first + i) * t->n_paths + p] =
          isnan(off) ? INFINITY : off * off;
    }
  }
}

static void choose(trial *t, const iclgd_path *paths, size_t n_paths) {
  for (size_t p = 0; p < n_paths && t->n_paths < PATHS_MAX; ++p)
    if (paths[p].algorithm && paths[p].algorithm->held_out)
      t->paths[t->n_paths++] = &paths[p];
}

static iclgd_status take_memory(trial *t, const iclgd_path *paths,
                                size_t n_paths, iclgd_error *err) {
  iclgd_job *job = t->job;
  iclgd_arena *arena = &job->arena;
  const size_t count = iclgd_pool_threads(job->pool);
  t->error = iclgd_arena_reals(arena, job->held_out.count, t->n_paths, 1);
  t->blocks = iclgd_arena_take(arena, count, sizeof *t->blocks);
  TRY(iclgd_threads_create(job, paths, n_paths, &t->threads, err));
  for (size_t k = 0; k < count; ++k)
    TRY(iclgd_prompts_create_for(&job->held_out.source, GROUP, arena,
                                 &t->blocks[k], err));
  return ICLGD_OK;
}

/* Mean of every column of error; rounds of the tree are fixed. */
static iclgd_status write(const trial *t, iclgd_error *err) {
  const size_t prompts = t->job->held_out.count;
  iclgd_record *record = t->job->record;
  const char *name[PATHS_MAX];
  int64_t steps[PATHS_MAX];
  iclgd_sum_tree(t->error, prompts, t->n_paths);
  for (size_t p = 0; p < t->n_paths; ++p) {
    name[p] = t->paths[p]->name;
    steps[p] = (int64_t)last_step(t, p);
    t->error[p] /= (double)prompts;
  }
  iclgd_record_write(record, "held_out/algorithm", &t->n_paths, name, err);
  iclgd_record_write(record, "held_out/steps", &t->n_paths, steps, err);
  return iclgd_record_write(record, "held_out/loss", &t->n_paths, t->error,
                            err);
}

iclgd_status iclgd_write_held_out(iclgd_job *job, const iclgd_path *paths,
                                  size_t n_paths, iclgd_error *err) {
  trial t = {.job = job, .depth = iclgd_model_depth(&job->model)};
  choose(&t, paths, n_paths);
  if (t.n_paths == 0 || job->held_out.count == 0) return ICLGD_OK;
  TRY(take_memory(&t, paths, n_paths, err));
  const size_t rounds = (job->held_out.count + GROUP - 1) / GROUP;
  iclgd_pool_for(job->pool, rounds, run_group, &t);
  return write(&t, err);
}
