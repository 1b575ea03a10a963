# shellcheck shell=bash
# What belongs to one running instance, under its data folder DATA. Needs report.sh, folders.sh, processes.sh, users.sh.
#
#   keys/           the signing key and its public JWKS
#   postgres/       the private PostgreSQL
#   node/, replica-N/   each process's own: snapshots, the audit log, the keys that it needs
#   payments/       the payment simulator's: its ledger and its secrets
#   monitoring/     Prometheus' configuration and series
#   mail/           mail, in place of sending it
#   log/            one log per process, and links to the nodes' audit logs
#   run/            pid files; `ready` while everything serves
#   instance.json   where to reach all of it
#
# Only their owner may enter these folders. The data folder is open to its owner alone, too, unless that is root: then the
# system users of the processes go through it to folders of their own.

# Time a process has to finish its requests after SIGTERM; the rest of its own shutdown fits well within.
readonly NODE_STOP_SECONDS_MAX=20

# Sets DATA from what --data named (default: .holdfast in the project).
use_data_folder() {
  DATA=$(absolute_path "${1:-$PROJECT/.holdfast}")
}

# The pid files of all nodes that were ever started and not yet stopped.
node_pid_files() {
  local file
  for file in "$DATA"/run/node.pid "$DATA"/run/replica-*.pid; do
    if [[ -f $file ]]; then printf '%s\n' "$file"; fi
  done
}

# Of the pid files on standard input, those whose process runs.
still_running() {
  local file
  while read -r file; do
    if recorded_process "$file" >/dev/null; then printf '%s\n' "$file"; fi
  done
}

# Also the payment simulator's and Prometheus'.
pid_files() {
  local name
  node_pid_files
  for name in payments-simulator prometheus; do
    if [[ -f $DATA/run/$name.pid ]]; then printf '%s\n' "$DATA/run/$name.pid"; fi
  done
}

# Also PostgreSQL's.
instance_pid_files() {
  pid_files
  if [[ -f $DATA/run/postgres.pid ]]; then printf '%s\n' "$DATA/run/postgres.pid"; fi
}

# Nodes first, so that what they have accepted still reaches the log; then PostgreSQL.
stop_nodes() {
  local files
  rm -f -- "$DATA/run/ready"
  mapfile -t files < <(pid_files)
  if ((${#files[@]} > 0)); then stop_recorded "$NODE_STOP_SECONDS_MAX" "${files[@]}"; fi
}

stop_instance() {
  [[ -z $(pid_files | still_running) ]] || say "Stopping the nodes"
  stop_nodes
  "$PROJECT/tools/postgres" stop "$DATA/postgres" 9>&-
  rm -f -- "$DATA/run/postgres.pid"
  remove_socket_folder
}

# Removes the folder of the nodes' sockets, which tools/up creates again. A folder with anything else in it stays.
remove_socket_folder() {
  local sockets
  if sockets=$(socket_folder "$(command_user)" "$DATA" 2>/dev/null); then
    rm -f -- "$sockets"/*.ipc
    rmdir -- "$sockets" 2>/dev/null || true
  fi
}

# Refuses a data folder of somebody else's, who could have put links where root makes folders and opens files, and the ids of
# any processes where root looks for those that it stops.
refuse_foreign_folder() {
  [[ ! -e $DATA || -O $DATA ]] || fail "$DATA belongs to $(stat -c %U -- "$DATA"); run this as that user, or choose another --data"
}

# own_folder NAME USER: makes a process's folder in the data folder, which only USER may enter, and prints its path. Where
# USER can't get to the data folder, the folder is elsewhere, and there is a link to it.
own_folder() {
  local path=$DATA/$1 user=$2 home
  if [[ ! -L $path ]] && ! as_user "$user" test -x "$DATA"; then
    if [[ ! -L $DATA/elsewhere ]]; then
      install -d -m 0755 -- "$ELSEWHERE"
      home=$(mktemp -d "$ELSEWHERE/$(path_checksum "$DATA").XXXXXX")
      chmod 0711 -- "$home"
      say "User $user cannot enter $DATA; what the processes keep is in $home"
      ln -sfn -- "$home" "$DATA/elsewhere"
    fi
    home=$(realpath -e -- "$DATA/elsewhere")/$1
    if [[ -d $path ]]; then cp -a -- "$path" "$home" && rm -rf -- "$path"; fi
    mkdir -p -- "$home"
    ln -sfn -- "$home" "$path"
  fi
  mkdir -p -- "$path"
  path=$(realpath -e -- "$path")
  # Also what an earlier version, or tools/replay, made there as root.
  if ((EUID == 0)); then chown -Rh -- "$user:$NODE_GROUP" "$path"; fi
  chmod 0700 -- "$path"
  chmod -R go= -- "$path"
  printf '%s\n' "$path"
}

# hand_over USER FOLDER FILE...: gives a process copies of the files that it needs, in a folder of its own. USER writes them:
# root follows no link there.
hand_over() {
  local user=$1 folder=$2 file
  shift 2
  as_user "$user" mkdir -p -m 0700 -- "$folder"
  for file in "$@"; do
    # shellcheck disable=SC2016 # expanded by the inner shell
    as_user "$user" sh -c 'umask 077; cat >"$1.new"; mv -f -- "$1.new" "$1"' sh "$folder/${file##*/}" <"$file"
  done
}

# lock_instance: one script at a time starts or stops an instance. Fails when another one has it.
lock_instance() {
  mkdir -p -- "$DATA/run"
  exec 9>"$DATA/run/lock"
  flock -n 9
}
