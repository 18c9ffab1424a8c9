/* iclgd export: part of a file as CSV or JSON; its model as safetensors. */
#include <iclgd/import.h>
#include <iclgd/report.h>
#include <unistd.h>

#include "cli/command.h"

static iclgd_status run_weights(const iclgd_cli *cli, iclgd_error *err) {
  if (cli->what || cli->format || cli->output || cli->list)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "export: --weights is a file of its own: expected no "
                      "--what, --format, --output or --list beside it");
  return iclgd_export_weights(cli->rest[0], cli->weights, cli->as, cli->single,
                              err);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  if (cli->weights) return run_weights(cli, err);
  if (cli->single)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "export: --single goes with --weights");
  if (cli->as)
    return iclgd_fail(err, ICLGD_EUSAGE, "export: --as goes with --weights");
  const iclgd_export_options options = {.what = cli->what,
                                        .format = cli->format,
                                        .output = cli->output,
                                        .list = cli->list,
                                        .terminal = isatty(STDOUT_FILENO)};
  return iclgd_report_export(cli->rest[0], &options, stdout, err);
}

static const iclgd_option options[] = {
    ICLGD_VALUE(what, 0, "PATH",
                "a group or an array below /entry; without it the group of the "
                "default plot, trajectories_loss"),
    ICLGD_VALUE(format, 0, "NAME",
                "csv, json, jsonl; default: as FILE ends, else csv",
                .choices = "csv|json|jsonl"),
    ICLGD_VALUE(output, 'o', "FILE",
                "replaces an older one; - is standard output"),
    ICLGD_SWITCH(list, 0, "one line per table: path, dims, columns"),
    ICLGD_VALUE(weights, 0, "FILE",
                "the arrays of the model and its keys, as safetensors; "
                "replaces an older one",
                .hdf5 = true),
    ICLGD_VALUE(as, 0, "NAMES",
                "whose names the weights get: gpt2 (Hugging Face, with Garg's "
                "read-in), nanogpt; default: our own",
                .choices = "gpt2|nanogpt"),
    ICLGD_SWITCH(single, 0, "weights in single precision (default: double)"),
};

const iclgd_command iclgd_command_export = {
    .name = "export",
    .summary = "part of a file as CSV, JSON or JSON lines; weights",
    .arguments = "RUN.h5",
    .count = {1, 1},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd export quickstart.h5                losses by layer, as CSV\n"
        "  iclgd export quickstart.h5 --list         what there is\n"
        "  iclgd export quickstart.h5 --what training -o training.csv\n"
        "  iclgd export run.h5 --what alignment/gd/spd --format jsonl\n"
        "  iclgd export run.h5 --what trajectories/gd/weight -o w.json\n"
        "  iclgd export run.h5 --what config -o mine.ini   for `iclgd run`\n"
        "  iclgd export run.h5 --weights run.safetensors\n"
        "  iclgd export run.h5 --weights gpt.safetensors --as gpt2\n",
    .notes =
        "Long format: one row per element, first its coordinates by the "
        "names of the dims, then the values. A group gives the arrays that "
        "share the dims of its signal (mean, standard_error, excluded by "
        "layer, step) and the lists of names along them (shift_name); any "
        "other array is asked for by its own path (.../quantiles).\n"
        "CSV as in RFC 4180, with a header; 17 significant digits, so that the "
        "same double is read back; NaN is an empty field, infinity is inf. "
        "JSON: {\"table\", \"rows\", \"columns\": {NAME: {\"units\", "
        "\"long_name\", \"coordinate\", \"values\"}}}; JSON lines: an object "
        "per row; null where a number is not finite. Arrays of any size: "
        "memory does not grow.",
    .run = run,
};
