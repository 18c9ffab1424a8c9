/* The architecture `program`: predictions of a child process, one request for
 * all queries of a pass. It has no parameters and no gradient: it is not
 * trained, and its weights are fitted to predictions (src/model/fitted.c). */
#include <iclgd/program.h>

#include <string.h>

static const iclgd_key keys[] = {
    KEY_TEXT("model.program", "",
             "a command of the shell that computes predictions in the place of "
             "a model of ours (python3 mine.py); nothing is trained then"),
    KEY_REAL("model.program_seconds", "60", 0.01, 1e6,
             "for a reply of the program, at most", .unit = "s",
             .cosmetic = true),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_schema schema = {NULL, 0, NULL, 0};

static iclgd_status shape(const iclgd_settings *settings, iclgd_model *model,
                          iclgd_error *err) {
  (void)model;
  if (*iclgd_get_text(settings, "model.program"))
    return iclgd_settings_reject(settings, "model.program", err,
                                 "a program is probed as it is: it cannot be "
                                 "trained here");
  return iclgd_settings_reject(settings, "model.architecture", err,
                               "expected the program as model.program=COMMAND");
}

static iclgd_status scratch(const iclgd_model *model, size_t n,
                            iclgd_arena *arena, void **out, iclgd_error *err) {
  (void)model, (void)n, (void)arena, (void)err;
  *out = NULL;
  return ICLGD_OK;
}

static void forward(const iclgd_pass *pass, double *prediction) {
  memset(prediction, 0, pass->count * sizeof *prediction);
  iclgd_program_ask(pass->model->program, pass->prompt, pass->x, pass->count,
                    prediction + pass->count);
}

static iclgd_status status(const iclgd_model *model, iclgd_error *err) {
  return iclgd_program_status(model->program, err);
}

iclgd_model iclgd_program_model(iclgd_program *program, size_t d) {
  return (iclgd_model){.architecture = &iclgd_program_architecture,
                       .program = program,
                       .d = d,
                       .layers = iclgd_program_layers(program),
                       .loops = 1};
}

const iclgd_architecture iclgd_program_architecture = {
    .name = "program",
    .description = "a program of yours (model.program)",
    .keys = &key_set,
    .schema = &schema,
    .shape = shape,
    .scratch = scratch,
    .forward = forward,
    .status = status,
};
