/* iclgd completion: the scripts by which bash and zsh complete. They hold no
 * words: `iclgd complete` says what fits. */
#include <stdio.h>
#include <string.h>

#include "cli/propose.h"

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
    "local text\n"
    "text=$($words[1] complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
    "found=(${(f)text})\n"
    "if (( $#found )); then\n"
    "  compadd -S '' -- ${(M)found:#*[=:.]}\n"
    "  compadd -- ${found:#*[=:.]}\n"
    "else\n"
    "  _files\n"
    "fi\n";

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  (void)err;
  const bool is_bash = strcmp(cli->rest[0], "bash") == 0;
  if (!is_bash && strcmp(cli->rest[0], "zsh") != 0) return ICLGD_EUSAGE;
  fputs(is_bash ? bash : zsh, stdout);
  return ICLGD_OK;
}

static void propose(int count, char **words) {
  iclgd_propose(words[count - 1], "", "bash", "");
  iclgd_propose(words[count - 1], "", "zsh", "");
}

const iclgd_command iclgd_command_completion = {
    .name = "completion",
    .summary = "what makes bash or zsh complete commands, presets and keys",
    .arguments = "bash|zsh",
    .count = {1, 1},
    .examples =
        "  . <(iclgd completion bash)                in this shell\n"
        "  iclgd completion zsh >~/.zfunc/_iclgd     a folder of $fpath\n",
    .notes = "`cmake --install` puts both in their places.",
    .propose = propose,
    .run = run,
};
