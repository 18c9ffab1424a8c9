/* What the threads of a run walk with. */
#include "run/trajectories.h"

iclgd_status iclgd_threads_create(iclgd_job *job, const iclgd_path *paths,
                                  size_t n_paths, iclgd_thread **out,
                                  iclgd_error *err) {
  iclgd_arena *arena = &job->arena;
  const size_t count = iclgd_pool_threads(job->pool);
  size_t rows = 0;
  for (size_t p = 0; p < n_paths; ++p)
    if (paths[p].steps + 1 > rows) rows = paths[p].steps + 1;
  iclgd_thread *threads = iclgd_arena_take(arena, count, sizeof *threads);
  TRY(iclgd_arena_status(arena, err, "the threads"));
  for (size_t t = 0; t < count; ++t) {
    threads[t].w = iclgd_arena_reals(arena, rows, job->d, 1);
    threads[t].prediction = iclgd_arena_reals(arena, rows, 1, 1);
    threads[t].v = iclgd_arena_reals(arena, 2, job->d, 1);
    TRY(iclgd_path_scratch_create(&job->model, job->n, arena,
                                  &threads[t].path_scratch, err));
  }
  *out = threads;
  return iclgd_arena_status(arena, err, "the threads");
}

iclgd_status iclgd_followers_create(iclgd_job *job, iclgd_follower ***out,
                                    iclgd_error *err) {
  const size_t count = iclgd_pool_threads(job->pool);
  *out = NULL;
  if (job->outside) return ICLGD_OK;
  iclgd_follower **followers =
      iclgd_arena_take(&job->arena, count, sizeof *followers);
  for (size_t t = 0; followers && t < count; ++t)
    TRY(iclgd_follower_create(&job->model, job->n, false, &job->arena,
                              &followers[t], err));
  *out = followers;
  return iclgd_arena_status(&job->arena, err, "the threads");
}
