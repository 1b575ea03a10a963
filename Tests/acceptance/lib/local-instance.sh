# For the scripts that run an instance of their own with tools/up: a folder for it, with the instance's data in its folder data;
# both are gone when the script ends, and what the instance said last is shown if it failed.
#
# Source it after tools/lib/report.sh, with INSTANCE set to the folder's name. It sets work, the folder.

work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-$INSTANCE.XXXXXX")
chmod 0755 "$work" # PostgreSQL may have to run as another user

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  if ((status != 0)); then tail -n 40 "$work"/*.log "$work"/data/log/*.log >&2 || true; fi
  "$PROJECT/tools/down" --data "$work/data" || status=1
  "$PROJECT/tools/postgres" remove "$work/data/postgres" || status=1
  rm -rf -- "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
