# shellcheck shell=bash
# Completion of what the programs and scripts take, for bash; zsh has it through bashcompinit. docs/tools.md says how to install
# it. What a script takes is read from its manual, the comment at its head, whenever it is asked for: nothing to keep up to
# date here.

# The manual of a script: the comment at its head, or a Python program's first text.
_holdfast_manual() {
  if [[ $(head -n 1 -- "$1") == *python* ]]; then
    awk 'NR > 1 && /^"""/ { if (seen++) exit } seen { sub(/^"""/, ""); print } seen && NR > 2 && /"""$/ { exit }' "$1"
  else
    sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$1"
  fi
}

# The flags that a manual names, one a line.
_holdfast_flags() { grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' <<<"$1" | sed 's/^[^-]//' | sort -u; }

# The commands that a manual of the script NAME names, one a line: "tools/NAME this|that", and lines that begin with one.
_holdfast_commands() {
  {
    grep -oE -- "^  tools/$1 [a-z][a-z|-]+" <<<"$2" | sed 's/.* //'
    sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$2"
    # suspend ORDER, restore ..., end ...
    grep -E -- '^  [a-z]+ ORDER' <<<"$2" | grep -oE '[a-z]+ (ORDER|\.\.\.)' | sed 's/ .*//'
  } | tr '|' '\n' | sort -u
}

# What may come after FLAG, by the manual: "--flag this|that".
_holdfast_values() { grep -oE -- "$1 [a-z-]+(\|[a-z-]+)+" <<<"$2" | head -n 1 | sed 's/^[^ ]* //' | tr '|' '\n'; }

# Offers the lines of standard input. (zsh has no mapfile, and means something else by words.)
_holdfast_reply() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_holdfast_tool() {
  local script=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} manual choices
  COMPREPLY=()
  [[ -f $script ]] || return 0
  manual=$(_holdfast_manual "$script")
  if [[ $before == -* ]]; then choices=$(_holdfast_values "$before" "$manual"); fi
  if [[ -n $choices ]]; then
    _holdfast_reply < <(compgen -W "$choices" -- "$word")
  elif [[ $word == -* ]]; then
    _holdfast_reply < <(compgen -W "$(_holdfast_flags "$manual") --help" -- "$word")
  elif [[ $before == --data || $before == --against ]]; then
    _holdfast_reply < <(compgen -d -- "$word")
  elif ((COMP_CWORD == 1)); then
    choices=$(_holdfast_commands "${script##*/}" "$manual")
    _holdfast_reply < <(if [[ -n $choices ]]; then compgen -W "$choices" -- "$word"; else compgen -f -- "$word"; fi)
  else
    _holdfast_reply < <(compgen -f -- "$word")
  fi
}

_holdfast_project=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd -P)
for _holdfast_script in "$_holdfast_project"/tools/*; do
  if [[ -f $_holdfast_script && -x $_holdfast_script ]]; then
    for _holdfast_name in tools ./tools "$_holdfast_project/tools"; do
      complete -o filenames -F _holdfast_tool "$_holdfast_name/${_holdfast_script##*/}"
    done
  fi
done
unset _holdfast_script _holdfast_name

# The programs that are built say themselves what they take.
for _holdfast_program in holdfast replay; do
  for _holdfast_configuration in release debug; do
    if [[ -x $_holdfast_project/.build/$_holdfast_configuration/$_holdfast_program ]]; then
      # shellcheck disable=SC1090 # made by the program
      source <("$_holdfast_project/.build/$_holdfast_configuration/$_holdfast_program" --generate-completion-script bash)
      break
    fi
  done
done
unset _holdfast_program _holdfast_configuration
