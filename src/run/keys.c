/* The one table of settings. */
#include <iclgd/keys.h>

#include <iclgd/algorithm.h>
#include <iclgd/architecture.h>
#include <iclgd/distribution.h>
#include <iclgd/probe.h>
#include <iclgd/train.h>

static const iclgd_key run_keys[] = {
    KEY_TEXT("title", "",
             "what the run is, one line; {model.loops} stands for the value of "
             "that key",
             .cosmetic = true),
    KEY_INT("probe.prompts", "1000", 2, 1e7, "prompts that are probed"),
    KEY_INT(
        "probe.wide_prompts", "4000", 0, 1e7,
        "prompts beside these, half of them with wider inputs, for means that "
        "no sample sees (importance sampling, normal inputs); 0: none"),
    KEY_FORM_IN(
        "probe.store", "all", "all|sample|sample:int|summary", 1, 1e7,
        "of which prompts the file has arrays and trajectories: all, the first "
        "1000 or N, none; what is measured always uses all prompts"),
    KEY_FORM_IN(
        "probe.steps", "auto", "auto|int", 1, 10000,
        "iterates of the algorithms; auto: twice the depth, at least 10"),
    KEY_FORM("probe.readout", "own", "own|ridge",
             "what predicts after each layer of a transformer, or of a model "
             "that ran elsewhere: its own readout, or a ridge readout of its "
             "tokens, fitted on the tuning prompts"),
    KEY_TEXT("probe.list", "all", "probes to run, separated by commas"),
    KEY_REAL("checkpoint.seconds", "60", 0, 1e9,
             "between checkpoints of a training; 0: when it is stopped alone",
             .unit = "s", .cosmetic = true),
};

enum { SETS_MAX = 64 };

iclgd_status iclgd_settings_defaults(iclgd_settings **out, iclgd_error *err) {
  const iclgd_key_set rooms[] = {{run_keys, sizeof run_keys / sizeof *run_keys},
                                 iclgd_prompt_keys,
                                 iclgd_model_keys,
                                 iclgd_train_keys,
                                 iclgd_reference_keys};
  iclgd_key_set sets[SETS_MAX];
  size_t count = 0, architectures, algorithms, probes;
  for (size_t i = 0; i < sizeof rooms / sizeof *rooms; ++i)
    sets[count++] = rooms[i];
  const iclgd_algorithm *const *methods = iclgd_algorithms(&algorithms);
  for (size_t i = 0; i < algorithms && count < SETS_MAX; ++i)
    if (methods[i]->keys) sets[count++] = *methods[i]->keys;
  const iclgd_architecture *const *models = iclgd_architectures(&architectures);
  for (size_t i = 0; i < architectures && count < SETS_MAX; ++i)
    if (models[i]->keys) sets[count++] = *models[i]->keys;
  const iclgd_probe *const *rows = iclgd_probes(&probes);
  for (size_t i = 0; i < probes && count < SETS_MAX; ++i)
    if (rows[i]->keys) sets[count++] = *rows[i]->keys;
  return iclgd_settings_create(sets, count, out, err);
}
