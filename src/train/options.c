/* The keys of training, and the options they set. */
#include <iclgd/train.h>

static const iclgd_key keys[] = {
    {"seed", ICLGD_KEY_INT, "1", NULL, 0, 9e15, "",
     "the seed of everything, but of what a law that is given keeps "
     "(prompt.seed)",
     false},
    {"seeds", ICLGD_KEY_INT, "1", NULL, 1, 1000, "",
     "how many training runs, with seeds from `seed` on: one law, prompts and "
     "initial weights of their own",
     false},
    {"train.steps", ICLGD_KEY_INT, "1000", NULL, 0, 1e9, "", "updates", false},
    {"train.batch", ICLGD_KEY_INT, "256", NULL, 1, 1e7, "",
     "prompts of an update", false},
    {"train.optimizer", ICLGD_KEY_FORM, "adam", "adam|adamw|sgd|lbfgs", 0, 0,
     "",
     "update rule; lbfgs: on the first batch, a step is an evaluation of it",
     false},
    {"train.lr", ICLGD_KEY_REAL, "0.01", NULL, 0, 1e6, "", "learning rate",
     false},
    {"train.beta1", ICLGD_KEY_REAL, "0.9", NULL, 0, 0.999999, "",
     "decay of the first moment; momentum of sgd", false},
    {"train.beta2", ICLGD_KEY_REAL, "0.99", NULL, 0, 0.999999999, "",
     "decay of the second moment", false},
    {"train.epsilon", ICLGD_KEY_REAL, "1e-12", NULL, 1e-300, 1, "",
     "added to the root of the second moment", false},
    {"train.weight_decay", ICLGD_KEY_REAL, "0", NULL, 0, 1e3, "",
     "weight decay (in the gradient for adam, apart for adamw)", false},
    {"train.clip", ICLGD_KEY_REAL, "0", NULL, 0, 1e12, "",
     "largest gradient norm; 0 for no clipping", false},
    {"train.clip_per", ICLGD_KEY_FORM, "global", "global|matrix", 0, 0, "",
     "clip the norm of all parameters or of each matrix", false},
    {"train.schedule", ICLGD_KEY_FORM, "cosine",
     "constant|linear|cosine|halve:int", 1, 1e9, "",
     "learning rate over the steps", false},
    {"train.warmup", ICLGD_KEY_INT, "0", NULL, 0, 1e9, "",
     "steps of linear warm-up", false},
    {"train.loss_window", ICLGD_KEY_INT, "1", NULL, 1, 4096, "",
     "T: the loss is the mean over the last T loops", false},
    {"train.curriculum", ICLGD_KEY_REAL, "0", NULL, 0, 0.95, "",
     "share of the steps over which the loops grow from 1 to model.loops",
     false},
    {"train.guard", ICLGD_KEY_REAL, "0", NULL, 0, 1e12, "",
     "error from which on a loss grows linearly (from 1e15 on the prompt is "
     "left out); 0 for none",
     false},
    {"train.average", ICLGD_KEY_REAL, "0", NULL, 0, 1, "",
     "share of the steps, the last ones, whose weights are averaged at the end",
     false},
    {"train.fresh_every", ICLGD_KEY_INT, "1", NULL, 1, 1e9, "",
     "steps for which a batch is kept", false},
    {"train.snapshots", ICLGD_KEY_INT, "20", NULL, 2, 10000, "",
     "log-spaced steps at which all parameters are stored", false},
    {"train.log_points", ICLGD_KEY_INT, "200", NULL, 2, 100000, "",
     "log-spaced steps at which losses are stored", false},
    {"train.eval_prompts", ICLGD_KEY_INT, "1000", NULL, 1, 1e8, "",
     "held-out prompts behind the loss stored during training", false},
    {"train.precision", ICLGD_KEY_FORM, "single", "single|double", 0, 0, "",
     "arithmetic of losses and gradients in training; weights are double",
     false},
    {"train.threads", ICLGD_KEY_FORM, "auto", "auto|int", 1, 256, "",
     "threads of training and of probing; auto: a thread for every core that "
     "the "
     "process may use; the results are the same to the last bit",
     true},
};

const iclgd_key_set iclgd_train_keys = {keys, sizeof keys / sizeof *keys};

/* A share of the steps, as their number. */
static size_t share_of(const iclgd_settings *s, const char *key) {
  const double steps = (double)iclgd_get_size(s, "train.steps");
  return (size_t)(iclgd_get_real(s, key) * steps + 0.5);
}

iclgd_train_options iclgd_train_options_from(const iclgd_settings *s) {
  const iclgd_form schedule = iclgd_get_form(s, "train.schedule");
  return (iclgd_train_options){
      .steps = iclgd_get_size(s, "train.steps"),
      .batch = iclgd_get_size(s, "train.batch"),
      .fresh_every = iclgd_get_size(s, "train.fresh_every"),
      .warmup = iclgd_get_size(s, "train.warmup"),
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
      .guard = iclgd_get_real(s, "train.guard"),
      .average = share_of(s, "train.average"),
      .precision = (iclgd_precision)iclgd_get_form(s, "train.precision").choice,
  };
}
