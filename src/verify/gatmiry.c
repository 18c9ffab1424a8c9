/* Gatmiry et al. 2024 (arXiv:2410.08292): the looped layer under gradient flow.
 *
 * At n = infinity S = I for every context. Contexts with exactly that S, n = d
 * points sqrt(d) e_j, give the exact loss and gradient from the model's own
 * backward pass, summed over all pairs of a task e_i and a query e_k:
 *   loss(A) = sum_ik (e_k . (I - A)^L e_i)^2 = |(I - A)^L|_F^2.
 * The flow is integrated with the classical Runge-Kutta method.
 */
#include <math.h>
#include <string.h>

#include "verify.h"

typedef struct flow {
  iclgd_subject subject;
  iclgd_tape *tape;
  double *x, *y, *q;     /* context, labels and query of one prompt */
  double *c;             /* (L + 1) weights of the layers in the loss */
  double *rate, *origin; /* (4, d d), (d d) */
} flow;

static iclgd_status flow_create(iclgd_trial *t, flow *f, iclgd_error *err) {
  const size_t d = t->dist.d, L = t->L;
  TRY(iclgd_trial_subject(t, "gd", 1, L, &f->subject, err));
  TRY(iclgd_tape_create(&f->subject.model, d, &t->arena, &f->tape, err));
  f->x = iclgd_arena_reals(&t->arena, d, d, 1);
  f->y = iclgd_arena_reals(&t->arena, d, 1, 1);
  f->q = iclgd_arena_reals(&t->arena, d, 1, 1);
  f->c = iclgd_arena_reals(&t->arena, L + 1, 1, 1);
  f->rate = iclgd_arena_reals(&t->arena, 4, d, d);
  f->origin = iclgd_arena_reals(&t->arena, d, d, 1);
  if (!f->x || !f->y || !f->q || !f->c || !f->rate || !f->origin)
    return iclgd_fail_memory(err, "the flow");
  for (size_t i = 0; i < d; ++i) f->x[i * d + i] = sqrt((double)d);
  f->c[L] = 1;
  return ICLGD_OK;
}

/* The loss, and its gradient (d, d). */
static double loss_of(flow *f, double *gradient) {
  const size_t d = f->subject.model.d;
  double sum = 0;
  memset(gradient, 0, d * d * sizeof *gradient);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < d; ++k) {
      memset(f->y, 0, d * sizeof *f->y);
      memset(f->q, 0, d * sizeof *f->q);
      f->y[i] = sqrt((double)d);
      f->q[k] = 1;
      const iclgd_prompt prompt = {.n = d,
                                   .d = d,
                                   .mean_n = d,
                                   .x = f->x,
                                   .y = f->y,
                                   .x_query = f->q,
                                   .y_query = i == k};
      const iclgd_loss loss = {f->c, 0};
      sum += iclgd_model_gradient(&f->subject.model, f->subject.theta, &prompt,
                                  &loss, f->tape, gradient);
    }
  return sum;
}

static void advance(flow *f, double h) {
  const size_t size = f->subject.model.d * f->subject.model.d;
  double *A = f->subject.theta;
  memcpy(f->origin, A, size * sizeof *A);
  for (size_t stage = 0; stage < 4; ++stage) {
    double *rate = f->rate + stage * size;
    const double next = stage < 2 ? h / 2 : h;
    loss_of(f, rate);
    for (size_t i = 0; stage < 3 && i < size; ++i)
      A[i] = f->origin[i] - next * rate[i];
  }
  for (size_t i = 0; i < size; ++i)
    A[i] =
        f->origin[i] - h / 6 *
                           (f->rate[i] + 2 * f->rate[size + i] +
                            2 * f->rate[2 * size + i] + f->rate[3 * size + i]);
}

/* From time `now` to `end`: steps of 1/50 of the time in which the flow
 * changes, 1 / (2L (2L - 1) e^(2L-2)), e = (loss / d)^(1/2L). */
static double advance_to(flow *f, double now, double end) {
  const double d = (double)f->subject.model.d,
               L = (double)f->subject.model.loops;
  double loss = loss_of(f, f->rate);
  while (now < end) {
    const double e = pow(loss / d, 1 / (2 * L));
    const double h = 0.02 / (2 * L * (2 * L - 1) * pow(e, 2 * L - 2));
    const double step = h < end - now ? h : end - now;
    advance(f, step);
    now = step < h ? end : now + step;
    loss = loss_of(f, f->rate);
  }
  return loss;
}

/* One loop falls exponentially, not as a power of t. */
static iclgd_status too_few(iclgd_error *err) {
  return iclgd_fail(err, ICLGD_ERANGE, "L = 1: expected at least 2 loops");
}

CHECK(gatmiry_flow) {
  static const double times[] = {0.01, 0.1, 1, 10, 100};
  flow f;
  double now = 0;
  if (t->L < 2) return too_few(err);
  TRY(flow_create(t, &f, err));
  for (size_t i = 0; i < sizeof times / sizeof *times; ++i) {
    double expected;
    TRY(iclgd_oracle_flow(t->dist.d, t->L, 0, times[i], &expected, err));
    const double measured = advance_to(&f, now, times[i]);
    iclgd_evidence_worst(
        out, iclgd_evidence_near(expected, measured, 1e-6 * expected));
    now = times[i];
  }
  return ICLGD_OK;
}

/* alpha is xi, the loss that is to be reached: xi over the loss at `time`. */
static iclgd_status reached(iclgd_trial *t, double time, iclgd_evidence *out,
                            iclgd_error *err) {
  flow f;
  TRY(flow_create(t, &f, err));
  const double xi = iclgd_get_real(t->settings, "alpha");
  *out = iclgd_evidence_near(1, xi / advance_to(&f, 0, time), 1e-6);
  return ICLGD_OK;
}

/* |grad|^2 >= (1/16) loss^((2L-1)/L), integrated. */
CHECK(gatmiry_time) {
  const double L = (double)t->L, xi = iclgd_get_real(t->settings, "alpha");
  if (t->L < 2) return too_few(err);
  if (!(xi > 0 && xi < (double)t->dist.d))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "alpha = %g: expected a loss above 0 and below that of A "
                      "= 0, d = %zu",
                      xi, t->dist.d);
  return reached(t, 16 * L / (L - 1) * pow(xi, -(L - 1) / L), out, err);
}

typedef struct path {
  double power, stop; /* (2L - 1) / L; the loss below which nothing counts */
  double least;       /* |grad|^2 / loss^power so far */
  bool stopped;       /* the loss got there */
} path;

static iclgd_status watch(void *context, const iclgd_train_report *report) {
  path *p = context;
  p->stopped |= report->loss <= p->stop;
  if (!p->stopped)
    p->least = fmin(p->least, report->grad_norm * report->grad_norm /
                                  pow(report->loss, p->power));
  return ICLGD_OK;
}

/* Gradient descent on frozen prompts, until the loss is twice the optimum of a
 * scalar layer: the least ratio on the way. */
CHECK(gatmiry_dominance) {
  path p = {.least = INFINITY};
  iclgd_training how = {.options = iclgd_train_options_from(t->settings),
                        .watch = watch,
                        .context = &p};
  const iclgd_prompt_source drawn = {.dist = &t->dist,
                                     .stream = ICLGD_STREAM_TRAIN};
  iclgd_prompts prompts;
  iclgd_subject model;
  double eta, loss;
  TRY(iclgd_prompts_create_for(&drawn, how.options.batch, &t->arena, &prompts,
                               err));
  iclgd_prompt_source_draw(&drawn, 0, &prompts);
  const iclgd_prompt_source frozen = {.fixed = &prompts,
                                      .stream = ICLGD_STREAM_TRAIN};
  how.source = &frozen;
  how.options.fresh_every = SIZE_MAX;
  TRY(iclgd_trial_start(t, 0, &model, err));
  TRY(iclgd_oracle_tied(t->setting, model.model.loops, &eta, &loss, err));
  const double L = (double)model.model.loops;
  p.power = (2 * L - 1) / L;
  p.stop = 2 * loss;
  TRY(iclgd_trial_run(t, &how, &model, err));
  if (!p.stopped) p.least = NAN; /* not all of the way was seen: fails */
  *out = iclgd_evidence_near(1.0 / 16, p.least, 0);
  return ICLGD_OK;
}
