/* The keys of training, and the options they set. */
#include <iclgd/train.h>

#include <math.h>

static const iclgd_key keys[] = {
    KEY_INT("seed", "1", 0, 9e15,
            "the seed of everything, but of what a law that is given "
            "keeps (prompt.seed)"),
    KEY_INT("seeds", "1", 1, 1000,
            "how many training runs, with seeds from `seed` on: one law, "
            "prompts and initial weights of their own"),
    KEY_INT("train.steps", "1000", 0, 1e9, "updates"),
    KEY_INT("train.batch", "256", 1, 1e7, "prompts of an update"),
    KEY_FORM("train.optimizer", "adam", "adam|adamw|sgd|lbfgs",
             "update rule; lbfgs: on the first batch, a step is an evaluation "
             "of it"),
    KEY_REAL("train.lr", "0.01", 0, 1e6, "learning rate"),
    KEY_REAL("train.beta1", "0.9", 0, 0.999999,
             "decay of the first moment; momentum of sgd"),
    KEY_REAL("train.beta2", "0.99", 0, 0.999999999,
             "decay of the second moment"),
    KEY_REAL("train.epsilon", "1e-12", 1e-300, 1,
             "added to the root of the second moment"),
    KEY_REAL("train.weight_decay", "0", 0, 1e3,
             "weight decay (in the gradient for adam, apart for adamw)"),
    KEY_REAL("train.clip", "0", 0, 1e12,
             "largest gradient norm; 0 for no clipping"),
    KEY_FORM("train.clip_per", "global", "global|matrix",
             "clip the norm of all parameters or of each matrix"),
    KEY_FORM_IN("train.schedule", "cosine", "constant|linear|cosine|halve:int",
                1, 1e9, "learning rate over the steps"),
    KEY_INT("train.warmup", "0", 0, 1e9, "steps of linear warm-up"),
    KEY_FORM(
        "train.loss", "query", "query|prefixes",
        "errors that are squared: of the query after the whole context, or "
        "of every x after the points before it, equally"),
    KEY_INT("train.loss_window", "1", 1, 4096,
            "T: the loss is the mean over the last T loops"),
    KEY_REAL(
        "train.curriculum", "0", 0, 0.95,
        "share of the steps over which the loops grow from 1 to model.loops"),
    KEY_FORM_IN("train.curriculum_d", "none", "none|from:reals", 1, 1e9,
                "features that are not 0 in training: from:first,more,steps, "
                "so many at first and more after every so many steps, up to "
                "prompt.d; labels follow"),
    KEY_FORM_IN("train.curriculum_n", "none", "none|from:reals", 1, 1e9,
                "points of a prompt in training, likewise, up to prompt.n; "
                "what is held out and probed has all features and points"),
    KEY_REAL("train.guard", "0", 0, 1e12,
             "error from which on a loss grows linearly (from 1e15 on the "
             "prompt is left out); 0 for none"),
    KEY_REAL("train.average", "0", 0, 1,
             "share of the steps, the last ones, whose weights are averaged at "
             "the end"),
    KEY_INT("train.fresh_every", "1", 1, 1e9,
            "steps for which a batch is kept"),
    KEY_INT("train.snapshots", "20", 2, 10000,
            "log-spaced steps at which all parameters are stored"),
    KEY_INT("train.log_points", "200", 2, 100000,
            "log-spaced steps at which losses are stored"),
    KEY_INT("train.eval_prompts", "1000", 1, 1e8,
            "held-out prompts behind the loss stored during training"),
    KEY_FORM(
        "train.precision", "single", "single|double",
        "arithmetic of losses and gradients in training; weights are double"),
    KEY_FORM_IN(
        "train.threads", "auto", "auto|int", 1, 256,
        "threads of training and of probing; auto: a thread for every core "
        "that the process may use; the results are the same to the last bit",
        .cosmetic = true),
};

const iclgd_key_set iclgd_train_keys = KEY_SET(keys);

/* A share of the steps, as their number. */
static size_t share_of(const iclgd_settings *s, const char *key) {
  const double steps = (double)iclgd_get_size(s, "train.steps");
  return (size_t)(iclgd_get_real(s, key) * steps + 0.5);
}

/* from = 0 where it is not three whole numbers, which iclgd_curriculum_check
 * refuses. */
static iclgd_ramp ramp_of(const iclgd_settings *s, const char *key) {
  const iclgd_form form = iclgd_get_form(s, key);
  const iclgd_ramp bad = {.every = 1};
  if (form.count == 0) return (iclgd_ramp){0};
  if (form.count != 3) return bad;
  for (size_t i = 0; i < 3; ++i)
    if (form.values[i] != floor(form.values[i])) return bad;
  return (iclgd_ramp){(size_t)form.values[0], (size_t)form.values[1],
                      (size_t)form.values[2]};
}

iclgd_train_options iclgd_train_options_from(const iclgd_settings *s) {
  const iclgd_form schedule = iclgd_get_form(s, "train.schedule");
  return (iclgd_train_options){
      .steps = iclgd_get_size(s, "train.steps"),
      .batch = iclgd_get_size(s, "train.batch"),
      .fresh_every = iclgd_get_size(s, "train.fresh_every"),
      .warmup = iclgd_get_size(s, "train.warmup"),
      .prefixes = iclgd_get_form(s, "train.loss").choice == 1,
      .loss_window = iclgd_get_size(s, "train.loss_window"),
      .optimizer = (iclgd_optimizer)iclgd_get_form(s, "train.optimizer").choice,
      .lr = iclgd_get_real(s, "train.lr"),
      .beta1 = iclgd_get_real(s, "train.beta1"),
      .beta2 = iclgd_get_real(s, "train.beta2"),
      .epsilon = iclgd_get_real(s, "train.epsilon"),
      .weight_decay = iclgd_get_real(s, "train.weight_decay"),
      .clip = iclgd_get_real(s, "train.clip"),
      .clip_per = (iclgd_clip)iclgd_get_form(s, "train.clip_per").choice,
      .schedule = (iclgd_schedule)schedule.choice,
      .halve_every = schedule.count ? (size_t)schedule.values[0] : 1,
      .curriculum = share_of(s, "train.curriculum"),
      .features = ramp_of(s, "train.curriculum_d"),
      .points = ramp_of(s, "train.curriculum_n"),
      .guard = iclgd_get_real(s, "train.guard"),
      .average = share_of(s, "train.average"),
      .precision = (iclgd_precision)iclgd_get_form(s, "train.precision").choice,
  };
}
