/* Does the forward pass descend something? (Yang, Huang, Wipf 2022; von Oswald
 * et al. 2023; Niu et al. 2024.)
 *
 *   loss, ridge  the in-context objectives that gradient descent lowers, of the
 *                model's implied weight at every layer (context.c, descent.c)
 *   tokens       energies of attention on the hidden tokens (tokens.c)
 *   training     both over training (training.c)
 *   random       random tokens through layers made to minimise (random.c)
 */
#include "probes/energy/energy.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("energy.prompts", "200", 2, 1e6,
            "prompts on which energies are followed layer by layer; of large "
            "tokens fewer"),
    KEY_INT("energy.loops", "3", 1, 64,
            "factor on the loops of a looped model: does it go on descending?"),
    KEY_FORM_IN("energy.ridge", "auto", "auto|real", 0, 1e6,
                "penalty lambda of the ridge form; auto: that of the Bayes "
                "posterior, sigma^2 / (n w_scale^2); 0: no ridge form"),
    KEY_FORM_IN("energy.bandwidth", "auto", "auto|real", 1e-6, 1e6,
                "what hidden tokens are divided by; auto: their median "
                "distance"),
    KEY_INT("energy.training", "0", 0, 1e6,
            "prompts on which every snapshot is measured; 0: none is"),
    KEY_INT("energy.runs", "0", 0, 1e6,
            "runs of random tokens through layers that minimise energies; 0: "
            "none"),
    KEY_INT("energy.tokens", "40", 2, 1000, "random tokens of a run"),
    KEY_INT("energy.width", "32", 1, 500, "their width"),
    KEY_INT("energy.layers", "12", 1, 1000, "layers of a run"),
    KEY_REALS("energy.scales", "0.3,1,3", 1e-6, 1e3,
              "standard deviations of the random tokens' entries"),
    KEY_REAL("energy.short", "0.2", 1e-6, 1, "a1 = a2 of short steps"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

typedef struct energy {
  const iclgd_probe_setup *setup;
  iclgd_energy_descent *descent;
  iclgd_energy_tokens *tokens; /* NULL: none of a whole context */
} energy;

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  energy *e = state;
  e->setup = setup;
  TRY(iclgd_energy_descent_create(setup, &e->descent, err));
  return iclgd_energy_tokens_create(setup, &e->tokens, err);
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  energy *e = state;
  iclgd_energy_descent_feed(e->descent, block);
  if (e->tokens) iclgd_energy_tokens_feed(e->tokens, block);
  return ICLGD_OK;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  energy *e = state;
  TRY(iclgd_energy_descent_write(e->descent, record, err));
  TRY(e->tokens ? iclgd_energy_tokens_write(e->tokens, record, err)
                : iclgd_record_attr_text(
                      record, "energy", "tokens",
                      "not run: the context's tokens are not known", err));
  TRY(iclgd_energy_training_write(e->setup, iclgd_energy_tokens_unit(e->tokens),
                                  record, err));
  return iclgd_energy_random_write(e->setup, record, err);
}

const iclgd_probe iclgd_probe_energy = {
    .name = "energy",
    .question =
        "does the forward pass descend the in-context loss, or an energy?",
    .keys = &key_set,
    .schema = &iclgd_energy_schema,
    .view = &iclgd_view_energy,
    .state_size = sizeof(energy),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
