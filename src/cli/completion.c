/* iclgd completion: the scripts by which bash and zsh complete. They hold no
 * words: `iclgd complete` says what fits. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

/* Bash takes what follows = or : for a word of its own (COMP_WORDBREAKS), so
 * proposals lose what stands before. */
static const char bash[] =
    "# bash completion of iclgd; proposals come from `iclgd complete`.\n"
    "_iclgd() {\n"
    "  local line=${COMP_LINE:0:COMP_POINT} last head words\n"
    "  read -ra words <<<\"$line\"\n"
    "  [[ $line == *[[:space:]] ]] && words+=('')\n"
    "  last=${words[${#words[@]} - 1]}\n"
    "  head=${last%\"${last##*[=:]}\"}\n"
    "  mapfile -t COMPREPLY < <(\n"
    "    \"${words[0]}\" complete \"${words[@]:1}\" 2>/dev/null)\n"
    "  COMPREPLY=(\"${COMPREPLY[@]#\"$head\"}\")\n"
    "  if [[ ${COMPREPLY[0]} == *[=:.] ]]; then\n"
    "    compopt -o nospace 2>/dev/null\n"
    "  fi\n"
    "}\n"
    "complete -o default -F _iclgd iclgd\n";

static const char zsh[] =
    "#compdef iclgd\n"
    "# zsh completion of iclgd; proposals come from `iclgd complete`.\n"
    "local -aU found\n"
    "found=(${(f)\"$($words[1] complete \"${(@)words[2,CURRENT]}\" "
    "2>/dev/null)\"})\n"
    "if (( $#found )); then\n"
    "  compadd -S '' -- ${(M)found:#*[=:.]}\n"
    "  compadd -- ${found:#*[=:.]}\n"
    "else\n"
    "  _files\n"
    "fi\n";

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  const iclgd_status status =
      iclgd_cli_parse(argc, argv, 0, ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  const char *shell = cli.count == 1 ? cli.rest[0] : "";
  const char *script = strcmp(shell, "bash") == 0  ? bash
                       : strcmp(shell, "zsh") == 0 ? zsh
                                                   : NULL;
  if (!cli.help && script) {
    fputs(script, stdout);
    return 0;
  }
  fputs(iclgd_command_completion.help, cli.help ? stdout : stderr);
  return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
}

const iclgd_command iclgd_command_completion = {
    .name = "completion",
    .summary = "what makes bash or zsh complete commands, presets and keys",
    .help =
        "usage: iclgd completion bash|zsh\n"
        "\n"
        "  . <(iclgd completion bash)                in this shell\n"
        "  iclgd completion zsh >~/.zfunc/_iclgd     a folder of $fpath\n"
        "\n"
        "`cmake --install` puts both in their places.\n",
    .run = run,
    .words = ICLGD_WORDS_SHELLS,
};
