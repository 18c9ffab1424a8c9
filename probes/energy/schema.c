/* What the probe `energy` writes. */
#include "probes/energy/energy.h"

static const iclgd_group groups[] = {
    GROUP("energy", "what the forward pass descends",
          "the in-context loss and energies of tokens, layer by layer, by "
          "prompt: does any of them fall at every layer?"),
    GROUP_PLOT_ON(
        "energy/<objective>", "median", "series,index", "lin lin log",
        "objectives of the context by layer and step",
        "loss: 1/2 |X w - y|^2 / n of the implied weight, or of the "
        "predictions when the context points are queries (attribute "
        "model_values); ridge: the same + lambda |w|^2 / 2; beyond the "
        "attribute `trained` the layers are looped on"),
    GROUP_PLOT("energy/tokens", "median", "series,index",
               "energies of the hidden tokens",
               "of tokens divided by the attribute `bandwidth`: E_int, E_1, "
               "and of the query's token the memory energy -log sum exp(-|z - "
               "z_i|) and the distance to its nearest token of the context"),
    GROUP_PLOT("energy/steps", "lowers_one", "step,index",
               "what attention steps would do to the hidden tokens",
               "share of prompts on which one step of each kind from the "
               "model's tokens does not raise the energy (iclgd/energy.h)"),
    GROUP_PLOT("energy/training", "descends", "snapshot",
               "energies over training",
               "of every snapshot, on the first probed prompts"),
    GROUP_PLOT("energy/random", "descends", "layers,scale",
               "random tokens through layers that minimise energies",
               "share of runs whose energy falls at every layer (Yang, Huang, "
               "Wipf 2022; iclgd/energy.h), by the scale of the tokens"),
};

static const iclgd_dataset datasets[] = {
    DATA_TEXT("energy/<objective>/series_name", "series", "series",
              "the model or an algorithm; of tokens the energy"),
    DATA_INT("energy/<objective>/index", "index", "layer or step",
             "layer of the model, step of an algorithm; 0 is before the first"),
    DATA_REAL("energy/<objective>/median", "series,index", "median energy",
              "over prompts"),
    DATA_REAL("energy/<objective>/quantile", "quantile", "quantile level",
              "the levels of `quantiles` and `rises`"),
    DATA_REAL("energy/<objective>/quantiles", "quantile,series,index",
              "quantiles of the energy", "over prompts"),
    DATA_REAL("energy/<objective>/falls", "series,index",
              "share of prompts that do not rise",
              "from the layer before to this one; a rise is above rounding "
              "(1e-12 of the energy, 1e-6 of what was brought)"),
    DATA_REAL("energy/<objective>/descends", "series",
              "share of prompts that fall at every layer",
              "prompts without a rise at any trained layer"),
    DATA_REAL("energy/<objective>/descends_low", "series",
              "lower end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/<objective>/descends_high", "series",
              "upper end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/<objective>/descends_on", "series",
              "share of prompts that go on falling",
              "prompts without a rise beyond the trained layers; NaN where "
              "there are none"),
    DATA_REAL("energy/<objective>/descends_on_low", "series",
              "lower end of the 95% interval", "of descends_on (Wilson)"),
    DATA_REAL("energy/<objective>/descends_on_high", "series",
              "upper end of the 95% interval", "of descends_on (Wilson)"),
    DATA_REAL(
        "energy/<objective>/rises", "quantile,series",
        "quantiles of the largest rise over the drop",
        "of the prompts that rise: the largest rise at a trained layer over "
        "the drop from layer 0 to the least; NaN where none rises"),
    DATA_REAL("energy/<objective>/largest_rise", "series",
              "largest rise over the drop", "of all prompts"),
    DATA_REAL("energy/loss/certain", "series",
              "share of prompts that must fall",
              "of gradient descent: eta < 2 / lambda_max(S); NaN where nothing "
              "is known to be certain"),
    DATA_REAL("energy/loss/kept", "series", "share of those that do fall",
              "at every step: 1"),
    DATA_REAL("energy/loss/least", "quantile", "least loss of any weight",
              "quantiles over prompts of min_w 1/2 |X w - y|^2 / n"),
    DATA_REAL("energy/tokens/cosine", "series,index",
              "cosine of the change with minus the gradient",
              "mean over prompts of cos(z_l - z_{l-1}, -dE/dz at l - 1)"),
    DATA_TEXT("energy/steps/step_name", "step", "step",
              "beta, others, softmax: iclgd/energy.h"),
    DATA_INT("energy/steps/index", "index", "layer",
             "the layer whose tokens the step starts from"),
    DATA_REAL("energy/steps/lowers_interaction", "step,index",
              "share of prompts whose E_int does not rise",
              "beta: always, which is a check"),
    DATA_REAL("energy/steps/lowers_one", "step,index",
              "share of prompts whose E_1 does not rise",
              "others: always, which is a check"),
    DATA_INT("energy/training/step", "snapshot", "training step",
             "updates done before the snapshot"),
    DATA_REAL("energy/training/descends", "snapshot",
              "share of prompts whose loss falls at every layer",
              "the in-context loss, as in energy/loss"),
    DATA_REAL("energy/training/descends_low", "snapshot",
              "lower end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/training/descends_high", "snapshot",
              "upper end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/training/loss", "snapshot",
              "median in-context loss after the last layer", "over prompts"),
    DATA_REAL("energy/training/memory", "snapshot",
              "median memory energy after the last layer",
              "of the query's token, as in energy/tokens"),
    DATA_REAL("energy/training/nearest", "snapshot",
              "median distance to the nearest token",
              "of the query's token after the last layer, as in "
              "energy/tokens"),
    DATA_TEXT("energy/random/layers_name", "layers", "layers",
              "steps of a layer: the energy that is followed"),
    DATA_INT("energy/random/provable", "layers", "whether it must fall",
             "1 where theory gives that the energy never rises"),
    DATA_REAL("energy/random/scale", "scale", "scale of the tokens",
              "standard deviation of their entries; with ReLU of their signed "
              "ones"),
    DATA_INT("energy/random/layer", "layer", "layer", "0 is before the first"),
    DATA_REAL("energy/random/descends", "layers,scale",
              "share of runs that fall at every layer", "without a rise"),
    DATA_REAL("energy/random/descends_low", "layers,scale",
              "lower end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/random/descends_high", "layers,scale",
              "upper end of the 95% interval", "of descends (Wilson)"),
    DATA_REAL("energy/random/first_two", "layers,scale",
              "share of runs that fall at the first two layers", "of all runs"),
    DATA_REAL("energy/random/rising", "layers,scale",
              "share of layers that rise", "of all layers of all runs"),
    DATA_REAL("energy/random/largest_rise", "layers,scale",
              "largest rise over the drop",
              "of all runs; infinite where a run never falls below its start"),
    DATA_REAL("energy/random/median", "layers,scale,layer", "median energy",
              "over runs"),
};

const iclgd_schema iclgd_energy_schema = SCHEMA(groups, datasets);
