# shellcheck shell=bash
# What every script says, and how it stops: progress and errors go to stderr, results to stdout.
#
# A script whose manual has --json gets it from here, and must not look for it itself. Then stdout is one JSON document: what
# result prints, or {"error": …} where the script fails. Everything else goes to stderr, whatever the script prints.

# Without this, bash forgets set -e inside $(...).
shopt -s inherit_errexit

# shellcheck disable=SC2034 # for those who source this
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '==> %s\n' "$*" >&2; }

# Ends the script with a message a person can act on.
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  keep_error "$*"
  exit 1
}

# The comment at the head of the script is its manual.
manual() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# A flag that is not understood: what was wrong, the manual, exit 2.
refuse() {
  printf '%s: %s\n\n' "${0##*/}" "$*" >&2
  manual >&2
  keep_error "$*"
  exit 2
}

# json_text TEXT: as a JSON string.
json_text() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\r'/\\r}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# Prints the script's result: with --json the document $1, otherwise the text $2, if it is given.
result() {
  if [[ $JSON == yes ]]; then
    JSON_IS_SAID=yes
    printf '%s\n' "$1" >&7
  elif (($# > 1)); then
    printf '%s\n' "$2"
  fi
}

# run_program PROGRAM ARGUMENT...: one of ours, whose output is the script's, in place of the script.
run_program() {
  if [[ $JSON == yes ]]; then exec "$@" --json >&7 7>&- 8>&-; fi
  exec "$@"
}

# What the script fails with, from whatever subshell.
keep_error() { if [[ $JSON == yes ]]; then printf '%s' "$*" >&8; fi; }

# end_json STATUS: says why the script fails, once. A script with a trap of its own at EXIT calls this there.
end_json() {
  local error
  if [[ $JSON != yes || $1 == 0 || $JSON_IS_SAID == yes ]]; then return; fi
  # It has no name any more, and is read from its beginning.
  error=$(<"/proc/$$/fd/8")
  result "{\"error\": $(json_text "${error:-it ended with status $1; standard error says more}")}"
}

JSON=no JSON_IS_SAID=no
# The descriptors: 7 is the script's stdout, 8 a file without a name for the error. What outlives the script must close both.
if [[ " $* " == *" --json "* && $(manual) == *--json* ]]; then
  JSON=yes
  arguments=()
  for argument in "$@"; do [[ $argument == --json ]] || arguments+=("$argument"); done
  # The script's own: this file is sourced without arguments.
  set -- ${arguments[@]+"${arguments[@]}"}
  unset arguments argument
  exec 7>&1 1>&2
  error_file=$(mktemp)
  exec 8>>"$error_file"
  rm -f -- "$error_file"
  unset error_file
  trap 'end_json $?' EXIT
fi
