# shellcheck shell=bash
# What every script says, and how it stops: progress and errors go to stderr, results to stdout.

# Without this, bash forgets set -e inside $(...).
shopt -s inherit_errexit

# shellcheck disable=SC2034 # for those who source this
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '==> %s\n' "$*" >&2; }

# Ends the script with a message a person can act on.
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The comment at the head of the script is its manual.
manual() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# A flag that is not understood: what was wrong, the manual, exit 2.
refuse() {
  printf '%s: %s\n\n' "${0##*/}" "$*" >&2
  manual >&2
  exit 2
}
