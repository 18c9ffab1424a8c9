/* The law of a prompt, from its keys (equations in iclgd/distribution.h). */
#include <iclgd/distribution.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <iclgd/rng.h>
#include <iclgd/table.h>

#include "prompt/function.h"
#include "prompt/kernel_key.h"
#include "prompt/matrices.h"
#include "prompt/matrix_file.h"
#include "prompt/memory.h"

/* In the order of the forms of prompt.covariance. */
enum { COV_IDENTITY, COV_DIAG, COV_POWER, COV_CONDITION, COV_FILE };
enum { SOURCE_GENERATOR, SOURCE_TABLE };

static const iclgd_key keys[] = {
    KEY_INT("prompt.d", "5", 1, 512, "features of an input"),
    KEY_INT("prompt.n", "20", 1, 100000, "context points of a prompt"),
    KEY_FORM_IN("prompt.x", "normal",
                "normal|uniform|sphere|exponential|laplace|student-t:int", 5,
                1000,
                "law of the inputs before the covariance is applied; "
                "exponential is shifted to mean zero; student-t:nu has moments "
                "below nu, and the loss of L layers needs 4 L"),
    KEY_REAL("prompt.x_scale", "1", 1e-6, 1e6,
             "standard deviation of one input; half-width when uniform"),
    KEY_FORM_IN("prompt.covariance", "identity",
                "identity|diag:reals|power:real|condition:real|file:path", 0,
                1e12,
                "covariance Sigma of x at unit scale: eigenvalues, i^-p, "
                "log-spaced from 1 to 1/k, or a CSV matrix"),
    KEY_FORM("prompt.rotate", "none", "none|fixed|per-prompt",
             "random rotation of the covariance"),
    KEY_FORM_IN("prompt.w", "normal",
                "normal|inverse-covariance|sparse:int|pool:int", 1, 1e6,
                "law of w_star: N(0, I), N(0, Sigma^-1), k non-zero entries, "
                "or one of k fixed tasks"),
    KEY_REAL("prompt.w_scale", "1", 1e-6, 1e6,
             "factor on w_star, or on the function of a task that is not "
             "linear"),
    KEY_FORM_IN("prompt.task", "linear",
                "linear|kernel:text|quadratic|relu-network:int|tree:int|sine|"
                "classification|sparse-parity:int|memory:text",
                1, 1e4,
                "what labels are: w_star . x, or a function drawn for each "
                "prompt; kernel: a Gaussian process with covariance "
                "" ICLGD_KERNEL_FORMS "; relu-network: h hidden units; tree: "
                "depth; sparse-parity: k coordinates; memory: the query's "
                "label alone, a fixed function of the sequence x, by lags "
                "before the query: " ICLGD_MEMORY_FORMS " (network: h units, "
                "then lags)"),
    KEY_REAL("prompt.noise", "0", 0, 1e6,
             "standard deviation sigma of the label noise"),
    KEY_FORM(
        "prompt.sampler", "auto", "auto|tokens|wishart",
        "how training draws a context: point by point, or for normal inputs by "
        "a factor of the Wishart matrix, all that linear attention sees"),
    KEY_FORM_IN("prompt.queries", "0", "4d|int", 0, 100000,
                "further queries of each prompt that `iclgd generate` writes, "
                "in pairs x and -x; 4d: four for every feature"),
    KEY_FORM("prompt.source", "generator", "generator|table:path",
             "drawn from the laws above, or rows of a CSV table"),
    KEY_TEXT("prompt.target", "",
             "label column of the table; empty for the last one"),
    KEY_TEXT("prompt.features", "",
             "columns of the table that are features, separated by commas; "
             "empty for all but the label"),
    KEY_TEXT("prompt.drop", "",
             "columns of the table that are left out, separated by commas"),
    KEY_FORM("prompt.header", "auto", "auto|none",
             "first line of the table: names of the columns, or none; they are "
             "column1, column2, ... then"),
    KEY_FORM("prompt.missing", "error", "error|drop-row",
             "rows of the table that lack a value (empty, NA, N/A, NaN, null, "
             "?) are an error or left out"),
    KEY_FORM("prompt.categorical", "error", "error|onehot",
             "columns of text are an error, or a 0/1 feature of each of "
             "their texts"),
    KEY_REAL("prompt.train_share", "0.7", 0.01, 0.99,
             "share of the table's rows used for training"),
    KEY_FORM_IN("prompt.seed", "auto", "auto|int", 0, 9e15,
                "seed of what all prompts of the law share: the pool of tasks, "
                "the fixed rotation, the split of a table; auto: that of the "
                "run, and of the training where a model is probed"),
};

const iclgd_key_set iclgd_prompt_keys = KEY_SET(keys);

/* A file of ours may come from anywhere: what it names is not opened unasked.
 */
static iclgd_status check_asked(const iclgd_settings *s, const char *name,
                                iclgd_error *err) {
  if (iclgd_settings_is_accepted(s, name)) return ICLGD_OK;
  const char *from = iclgd_settings_inherited(s, name);
  const char *value = iclgd_get_form(s, name).text;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: %s = %s: a file that another one names is not opened "
                    "unasked: say %s=%s (its path from here) to use it",
                    from, name, value, name, value);
}

/* A failure to read what another file names, with its name. */
static iclgd_status say_who_asked(const iclgd_settings *s, const char *name,
                                  iclgd_status status, iclgd_error *err) {
  const char *from = iclgd_settings_inherited(s, name);
  if (!status || !from || !err) return status;
  const iclgd_error why = *err;
  return iclgd_fail(err, status, "%.900s (%s names this file)", why.text, from);
}

/* Sigma = F F^T with F lower triangular (Cholesky); G = F^-T. */
static iclgd_status factor_file(const char *path, size_t d, double *F,
                                double *G, iclgd_error *err) {
  TRY(iclgd_matrix_read(path, d, F, err));
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < i; ++j)
      if (!(fabs(F[i * d + j] - F[j * d + i]) <=
            1e-12 * fabs(F[i * d + i] + F[j * d + j])))
        return iclgd_fail(err, ICLGD_EINPUT,
                          "%s: expected a symmetric matrix, found %g and %g "
                          "at row %zu, column %zu and across",
                          path, F[i * d + j], F[j * d + i], i + 1, j + 1);
  if (!iclgd_cholesky(F, d))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a positive definite matrix", path);
  iclgd_inverse_transpose(F, d, G);
  return ICLGD_OK;
}

/* The eigenvalues of Sigma at unit scale, for all forms but a file. */
static iclgd_status set_eigenvalues(const iclgd_settings *s, size_t d,
                                    double *lambda, iclgd_error *err) {
  const char *name = "prompt.covariance";
  const iclgd_form form = iclgd_get_form(s, name);
  if (form.choice == COV_DIAG && form.count != d)
    return iclgd_settings_reject(s, name, err,
                                 "expected %zu eigenvalues (prompt.d), "
                                 "found %zu",
                                 d, form.count);
  if (form.choice == COV_CONDITION && form.values[0] < 1)
    return iclgd_settings_reject(s, name, err,
                                 "expected a condition number of 1 or more");
  for (size_t i = 0; i < d; ++i) {
    const double position = d > 1 ? (double)i / (double)(d - 1) : 0;
    lambda[i] = 1;
    if (form.choice == COV_DIAG) lambda[i] = form.values[i];
    if (form.choice == COV_POWER)
      lambda[i] = pow((double)(i + 1), -form.values[0]);
    if (form.choice == COV_CONDITION)
      lambda[i] = pow(form.values[0], -position);
    if (!(lambda[i] > 0))
      return iclgd_settings_reject(
          s, name, err, "expected positive eigenvalues, found %g", lambda[i]);
  }
  return ICLGD_OK;
}

/* F = U diag(sqrt(lambda)) and G = F^-T = U diag(1 / sqrt(lambda)). */
static iclgd_status set_covariance(const iclgd_settings *s, iclgd_arena *arena,
                                   iclgd_distribution *out, iclgd_error *err) {
  const iclgd_form form = iclgd_get_form(s, "prompt.covariance");
  const size_t rotate = iclgd_get_form(s, "prompt.rotate").choice;
  const size_t d = out->d;
  double *F = iclgd_arena_reals(arena, d, d, 1);
  double *G = iclgd_arena_reals(arena, d, d, 1);
  double *lambda = iclgd_arena_reals(arena, d, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the covariance"));
  out->F = F;
  out->G = G;
  out->rotate_per_prompt = rotate == ICLGD_ROTATE_PER_PROMPT;
  if (form.choice == COV_FILE && rotate != ICLGD_ROTATE_NONE)
    return iclgd_settings_reject(s, "prompt.rotate", err,
                                 "a covariance from a file is not rotated");
  if (form.choice == COV_FILE) {
    const iclgd_status asked = check_asked(s, "prompt.covariance", err);
    return asked ? asked : factor_file(form.argument, d, F, G, err);
  }
  TRY(set_eigenvalues(s, d, lambda, err));
  out->diagonal = rotate != ICLGD_ROTATE_FIXED;
  if (out->diagonal) {
    for (size_t i = 0; i < d; ++i) F[i * d + i] = 1;
  } else {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, out->law_seed, ICLGD_STREAM_ROTATION, 0);
    iclgd_random_rotation(&stream, d, F);
  }
  out->isotropic = true;
  for (size_t i = 0; i < d; ++i) {
    out->isotropic &= lambda[i] == lambda[0];
    for (size_t j = 0; j < d; ++j) {
      G[i * d + j] = F[i * d + j] / sqrt(lambda[j]);
      F[i * d + j] *= sqrt(lambda[j]);
    }
  }
  return ICLGD_OK;
}

static iclgd_status set_tasks(const iclgd_settings *s, iclgd_arena *arena,
                              iclgd_distribution *out, iclgd_error *err) {
  const iclgd_form form = iclgd_get_form(s, "prompt.w");
  const size_t d = out->d;
  if (!iclgd_distribution_is_linear(out)) return ICLGD_OK;
  out->w_law = (iclgd_task_law)form.choice;
  out->w_scale = iclgd_get_real(s, "prompt.w_scale");
  out->w_count = form.count ? (size_t)form.values[0] : 0;
  if (out->w_law == ICLGD_W_SPARSE && out->w_count > d)
    return iclgd_settings_reject(s, "prompt.w", err,
                                 "expected at most prompt.d = %zu "
                                 "non-zero entries",
                                 d);
  if (out->w_law != ICLGD_W_POOL) return ICLGD_OK;
  double *pool = iclgd_arena_reals(arena, out->w_count, d, 1);
  if (!pool) return iclgd_fail_memory(err, "the pool of tasks");
  for (size_t k = 0; k < out->w_count; ++k) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, out->law_seed, ICLGD_STREAM_POOL, k);
    for (size_t j = 0; j < d; ++j)
      pool[k * d + j] = out->w_scale * (double)iclgd_stream_normal(&stream);
  }
  out->pool = pool;
  return ICLGD_OK;
}

static iclgd_status set_table(const iclgd_settings *s, const char *path,
                              iclgd_arena *arena, iclgd_distribution *out,
                              iclgd_error *err) {
  iclgd_table *table = iclgd_arena_take(arena, 1, sizeof *table);
  if (!table) return iclgd_fail_memory(err, path);
  const iclgd_table_form form = {
      .target = iclgd_get_text(s, "prompt.target"),
      .features = iclgd_get_text(s, "prompt.features"),
      .drop = iclgd_get_text(s, "prompt.drop"),
      .headless = iclgd_get_form(s, "prompt.header").choice == 1,
      .drop_missing = iclgd_get_form(s, "prompt.missing").choice == 1,
      .one_hot = iclgd_get_form(s, "prompt.categorical").choice == 1,
  };
  iclgd_status status = check_asked(s, "prompt.source", err);
  if (status) return status;
  status =
      iclgd_table_load(path, &form, iclgd_get_real(s, "prompt.train_share"),
                       out->law_seed, arena, table, err);
  if (status) return say_who_asked(s, "prompt.source", status, err);
  if (iclgd_settings_is_set(s, "prompt.d") && out->d != table->d)
    return iclgd_settings_reject(s, "prompt.d", err,
                                 "%s has %zu feature columns", path, table->d);
  const size_t train = table->n_train, probe = table->rows - table->n_train;
  if (out->n >= train || out->n >= probe)
    return iclgd_settings_reject(s, "prompt.n", err,
                                 "%s has %zu rows for training and %zu for "
                                 "probing; a prompt takes n + 1 of one side",
                                 path, train, probe);
  out->d = table->d;
  out->table = table;
  return ICLGD_OK;
}

iclgd_status iclgd_distribution_create(const iclgd_settings *settings,
                                       uint64_t seed, iclgd_arena *arena,
                                       iclgd_distribution *out,
                                       iclgd_error *err) {
  const iclgd_form own_seed = iclgd_get_form(settings, "prompt.seed");
  *out = (iclgd_distribution){
      .d = iclgd_get_size(settings, "prompt.d"),
      .n = iclgd_get_size(settings, "prompt.n"),
      .seed = seed,
      .law_seed = own_seed.count ? (uint64_t)own_seed.values[0] : seed,
      .x_law = (iclgd_input_law)iclgd_get_form(settings, "prompt.x").choice,
      .x_scale = iclgd_get_real(settings, "prompt.x_scale"),
      .noise = iclgd_get_real(settings, "prompt.noise"),
  };
  const iclgd_form x = iclgd_get_form(settings, "prompt.x");
  out->x_freedom = x.count ? (size_t)x.values[0] : 0;
  out->x_variance = out->x_scale * out->x_scale;
  if (out->x_law == ICLGD_X_UNIFORM) out->x_variance /= 3;
  const iclgd_form source = iclgd_get_form(settings, "prompt.source");
  TRY(iclgd_function_set(settings, arena, out, err));
  if (source.choice == SOURCE_TABLE)
    return set_table(settings, source.argument, arena, out, err);
  TRY(set_covariance(settings, arena, out, err));
  return set_tasks(settings, arena, out, err);
}

/* out = scale * M M^T. */
static void outer(const double *M, size_t d, double scale, double *out) {
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      double sum = 0;
      for (size_t k = 0; k < d; ++k) sum += M[i * d + k] * M[j * d + k];
      out[i * d + j] = scale * sum;
    }
}

void iclgd_distribution_covariance(const iclgd_distribution *dist,
                                   double *Sigma) {
  outer(dist->F, dist->d, dist->x_variance, Sigma);
}

void iclgd_distribution_task_covariance(const iclgd_distribution *dist,
                                        double *Omega) {
  const size_t d = dist->d;
  double tau2 = dist->w_scale * dist->w_scale;
  if (dist->w_law == ICLGD_W_INVERSE_COVARIANCE) {
    outer(dist->G, d, tau2 / dist->x_variance, Omega);
    return;
  }
  memset(Omega, 0, d * d * sizeof *Omega);
  if (dist->w_law == ICLGD_W_POOL) {
    for (size_t k = 0; k < dist->w_count; ++k)
      for (size_t i = 0; i < d * d; ++i)
        Omega[i] += dist->pool[k * d + i / d] * dist->pool[k * d + i % d] /
                    (double)dist->w_count;
    return;
  }
  if (dist->w_law == ICLGD_W_SPARSE) tau2 *= (double)dist->w_count / (double)d;
  for (size_t i = 0; i < d; ++i) Omega[i * d + i] = tau2;
}

double iclgd_distribution_kappa(const iclgd_distribution *dist) {
  const double d = (double)dist->d, v = dist->x_variance;
  switch (dist->x_law) {
    case ICLGD_X_NORMAL:
      return (d + 2) * v * v;
    case ICLGD_X_UNIFORM:
      return (d - 1 + 9.0 / 5) * v * v;
    case ICLGD_X_SPHERE:
      return d * v * v;
    case ICLGD_X_EXPONENTIAL:
      return (d - 1 + 9) * v * v;
    case ICLGD_X_LAPLACE:
      return (d - 1 + 6) * v * v;
    case ICLGD_X_STUDENT_T:
      return (d + 2 + 6 / ((double)dist->x_freedom - 4)) * v * v;
    case ICLGD_X_UNKNOWN:
      break;
  }
  return NAN;
}
