# shellcheck shell=bash
# What belongs to one running instance, under its data folder DATA. Needs report.sh, folders.sh, processes.sh.
#
#   keys/           the signing key and its public JWKS
#   postgres/       the private PostgreSQL
#   node/, replica-N/   each process's own (snapshots)
#   payments/       the payment simulator's ledger
#   log/            one log per process, and one audit log per node
#   run/            pid files; `ready` while everything serves
#   instance.json   where to reach all of it

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

# Also the payment simulator's.
pid_files() {
  node_pid_files
  if [[ -f $DATA/run/payments-simulator.pid ]]; then printf '%s\n' "$DATA/run/payments-simulator.pid"; fi
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
  if sockets=$(socket_folder "$(id -un)" "$DATA" 2>/dev/null); then
    rm -f -- "$sockets"/*.ipc
    rmdir -- "$sockets" 2>/dev/null || true
  fi
}

# lock_instance: one script at a time starts or stops an instance. Fails when another one has it.
lock_instance() {
  mkdir -p -- "$DATA/run"
  exec 9>"$DATA/run/lock"
  flock -n 9
}
