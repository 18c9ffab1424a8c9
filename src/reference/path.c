/* Going along a path: of an algorithm weights first, then the predictions w .
 * x_query, where they are linear in the query. */
#include <iclgd/path.h>

#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <math.h>

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

iclgd_status iclgd_path_scratch_create(const iclgd_model *model, size_t n,
                                       iclgd_arena *arena,
                                       iclgd_path_scratch *out,
                                       iclgd_error *err) {
  const size_t d = model->d;
  *out = (iclgd_path_scratch){
      .work = iclgd_arena_reals(arena, iclgd_algorithm_work(n, d), 1, 1),
      .problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1)};
  if (!model->architecture->forward) return ICLGD_OK;
  return iclgd_tape_create(model, n, arena, &out->tape, err);
}

iclgd_status iclgd_path_scratches_create(size_t count, const iclgd_model *model,
                                         size_t n, size_t steps,
                                         iclgd_arena *arena,
                                         iclgd_path_scratch **out,
                                         iclgd_error *err) {
  iclgd_path_scratch *path_scratches =
      iclgd_arena_take(arena, count, sizeof *path_scratches);
  for (size_t t = 0; path_scratches && t < count; ++t) {
    const iclgd_status status =
        iclgd_path_scratch_create(model, n, arena, &path_scratches[t], err);
    if (status) return status;
    path_scratches[t].w = iclgd_arena_reals(arena, steps + 1, model->d, 1);
    path_scratches[t].prediction = iclgd_arena_reals(arena, steps + 1, 1, 1);
  }
  *out = path_scratches;
  return iclgd_arena_status(arena, err, "the scratch of the threads");
}

static void follow_given(const iclgd_given_path *given, size_t steps,
                         const iclgd_prompt *prompt, double *w,
                         double *prediction) {
  const size_t d = prompt->d;
  for (size_t k = 0; k <= steps; ++k) {
    const size_t at = k * given->prompts + prompt->place;
    prediction[k] = given->prediction[at];
    for (size_t j = 0; j < d; ++j)
      w[k * d + j] = k == 0          ? 0
                     : given->weight ? given->weight[at * d + j]
                                     : NAN;
  }
}

void iclgd_path_follow(const iclgd_path *path, const iclgd_problem *problem,
                       const iclgd_path_scratch *path_scratch, double *w,
                       double *prediction) {
  const iclgd_prompt *prompt = &problem->prompt;
  if (path->given) {
    follow_given(path->given, path->steps, prompt, w, prediction);
    return;
  }
  if (!path->algorithm) {
    iclgd_model_follow(path->model, path->theta, prompt, path_scratch->tape, w,
                       prediction);
    return;
  }
  path->algorithm->iterate(&path->hyper, problem, path->steps,
                           path_scratch->work, w);
  if (path->algorithm->predict)
    path->algorithm->predict(&path->hyper, problem, path->steps,
                             path_scratch->work, prediction);
  else
    for (size_t k = 0; k <= path->steps; ++k)
      prediction[k] = iclgd_dot(w + k * prompt->d, prompt->x_query, prompt->d);
}

void iclgd_paths_follow_by_context(const iclgd_path *paths, size_t n_paths,
                                   const iclgd_prompt *prompt, size_t k,
                                   const iclgd_path_scratch *path_scratch,
                                   double *w, double *prediction) {
  const iclgd_prompt first = iclgd_prompt_first(prompt, k);
  iclgd_problem problem;
  iclgd_problem_set(&first, true, path_scratch->problem_work, &problem);
  for (size_t p = 0; p < n_paths; ++p) {
    const size_t rows = paths[p].steps + 1;
    iclgd_path_follow(&paths[p], &problem, path_scratch, w, prediction);
    w += rows * prompt->d;
    prediction += rows;
  }
}
