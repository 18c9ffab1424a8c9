/* A program of someone else's: train a looped layer, probe it, say what it is.
 * usage: consumer RUN.h5 */
#include <iclgd/keys.h>
#include <iclgd/report.h>
#include <iclgd/run.h>

int main(int argc, char **argv) {
  iclgd_settings *settings = NULL;
  iclgd_error err = {"usage: consumer RUN.h5"};
  const iclgd_run_options options = {
      .output = argv[argc - 1], .force = true, .stream = ICLGD_STREAM_PROBE};
  iclgd_status status = argc == 2 ? ICLGD_OK : ICLGD_EUSAGE;
  if (!status) status = iclgd_settings_defaults(&settings, &err);
  if (!status)
    status = iclgd_settings_load_text(
        settings, "[model]\nloops=3\n[train]\nsteps=200", "consumer", &err);
  if (!status) status = iclgd_run(settings, ICLGD_STAGE_ALL, &options, &err);
  if (!status) status = iclgd_report_summary(argv[1], false, stdout, &err);
  if (status) fprintf(stderr, "consumer: %s\n", err.text);
  iclgd_settings_free(settings);
  return iclgd_status_exit_code(status);
}
