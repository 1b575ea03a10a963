# shellcheck shell=bash
# Where an instance keeps its things. Needs report.sh.

# The absolute path of a folder that need not exist yet, symbolic links resolved.
absolute_path() { realpath -m -- "$1"; }

# Twelve hexadecimal digits that stand for a path.
path_checksum() {
  local sum
  sum=$(printf '%s' "$1" | sha256sum)
  printf '%s\n' "${sum:0:12}"
}

# Runs a command as the system user $1; directly when that is who we are. Not from our own working folder, which that
# user may not be allowed to enter.
run_as() {
  local user=$1
  shift
  if [[ $user == "$(id -un)" ]]; then
    "$@"
  else
    (cd / && exec runuser -u "$user" -- "$@")
  fi
}

# Prints, and makes, the short private folder for the sockets of what lives in folder $2, owned by user $1. The address
# of a UNIX socket holds 107 bytes and data folders lie deeper than that. /tmp is everybody's: a folder that somebody
# else put there first is refused. Where root gives a group $3, its members may go through the folder, but not list it.
socket_folder() {
  local user=$1 group=${3:-} uid path mode
  uid=$(id -u "$user")
  path=/tmp/holdfast-$uid-$(path_checksum "$2")
  run_as "$user" mkdir -m 0700 -- "$path" 2>/dev/null || true
  mode=$(stat -c '%F %u %a' -- "$path" 2>/dev/null) || true
  [[ $mode == "directory $uid "7[01]0 ]] ||
    fail "$path should be a folder of user $user that only $user may enter; remove it and try again"
  if [[ -n $group ]] && ((EUID == 0)) && getent group "$group" >/dev/null; then
    chgrp -h -- "$group" "$path"
    # Its owner may have put a link in its place: root changes no file's mode there.
    run_as "$user" chmod 0710 -- "$path"
  fi
  printf '%s\n' "$path"
}

# Makes folders that only their owner may enter; those of earlier versions become so.
private_folders() {
  mkdir -p -- "$@"
  chmod 0700 -- "$@"
}

# Keeps a log from growing for ever: above 10 MiB the last run's becomes NAME.1, replacing the one before.
rotate_log() {
  local bytes_max=$((10 * 1024 * 1024))
  if [[ -f $1 && $(stat -c %s -- "$1") -gt $bytes_max ]]; then mv -fT -- "$1" "$1.1"; fi
}
