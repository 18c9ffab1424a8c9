/* Going along a path: weights first, then the predictions w . x_query, where
 * they are linear in the query. */
#include <iclgd/path.h>

#include <iclgd/comparisons.h>

iclgd_path iclgd_path_of_model(const iclgd_model *model, const double *theta,
                               const char *name, const char *title) {
  return (iclgd_path){.name = name,
                      .title = title,
                      .model = model,
                      .theta = theta,
                      .steps = iclgd_model_depth(model)};
}

size_t iclgd_path_of_descent(const iclgd_path *paths, size_t n_paths) {
  for (size_t p = 1; p < n_paths; ++p)
    if (paths[p].algorithm->plain_descent && !paths[p].hyper.M) return p;
  return 0;
}

iclgd_status iclgd_walker_create(const iclgd_model *model, size_t n,
                                 iclgd_arena *arena, iclgd_walker *out,
                                 iclgd_error *err) {
  const size_t d = model->d;
  *out = (iclgd_walker){
      .work = iclgd_arena_reals(arena, iclgd_algorithm_work(n, d), 1, 1),
      .room = iclgd_arena_reals(arena, iclgd_problem_room(d), 1, 1)};
  return iclgd_tape_create(model, n, arena, &out->tape, err);
}

iclgd_status iclgd_walkers_create(size_t count, const iclgd_model *model,
                                  size_t n, size_t steps, iclgd_arena *arena,
                                  iclgd_walker **out, iclgd_error *err) {
  iclgd_walker *walkers = iclgd_arena_take(arena, count, sizeof *walkers);
  for (size_t t = 0; walkers && t < count; ++t) {
    const iclgd_status status =
        iclgd_walker_create(model, n, arena, &walkers[t], err);
    if (status) return status;
    walkers[t].w = iclgd_arena_reals(arena, steps + 1, model->d, 1);
    walkers[t].prediction = iclgd_arena_reals(arena, steps + 1, 1, 1);
  }
  *out = walkers;
  return iclgd_arena_status(arena, err, "the scratch of the threads");
}

void iclgd_walk(const iclgd_path *path, const iclgd_problem *problem,
                const iclgd_walker *walker, double *w, double *prediction) {
  const iclgd_prompt *prompt = &problem->prompt;
  if (path->algorithm)
    path->algorithm->iterate(&path->hyper, problem, path->steps, walker->work,
                             w);
  else
    iclgd_model_weights(path->model, path->theta, prompt, walker->tape, w);
  if (iclgd_path_has_weights(path))
    for (size_t k = 0; k <= path->steps; ++k)
      prediction[k] = iclgd_dot(w + k * prompt->d, prompt->x_query, prompt->d);
  else if (path->algorithm)
    path->algorithm->predict(&path->hyper, problem, path->steps, walker->work,
                             prediction);
  else
    iclgd_model_predict(path->model, path->theta, prompt, walker->tape,
                        prediction);
}
