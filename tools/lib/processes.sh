# shellcheck shell=bash
# Processes that outlive the script that started them. A process id alone is soon another program's, so a pid file also
# holds the machine's boot id and the process's start time: what does not match all three is not ours and is never
# signalled.

# Prints "BOOT_ID START_TICKS" of a live process; fails for one that is gone or a zombie.
process_identity() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The second field is the program's name in parentheses and may hold anything, so count from the last one:
  # state is the first after it, the start time the twentieth (proc(5), fields 3 and 22).
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != [ZX] ]] || return 1
  printf '%s %s\n' "$(</proc/sys/kernel/random/boot_id)" "${fields[19]}"
}

# record_process FILE PID
record_process() {
  local identity
  identity=$(process_identity "$2") || return 1
  printf '%s %s\n' "$2" "$identity" >"$1.new"
  mv -f -- "$1.new" "$1"
}

# Prints the id of the process that FILE records; fails when it no longer runs.
recorded_process() {
  local pid recorded
  [[ -f $1 ]] || return 1
  read -r pid recorded <"$1" || return 1
  [[ $pid =~ ^[1-9][0-9]*$ && $recorded == "$(process_identity "$pid")" ]] || return 1
  printf '%s\n' "$pid"
}

# Asks a process to end. One that stands still (SIGSTOP) hears of it only when it goes on.
ask_to_end() {
  kill -TERM "$1" 2>/dev/null || true
  kill -CONT "$1" 2>/dev/null || true
}

# stop_recorded SECONDS FILE...: asks all of them to end (SIGTERM), kills those that have not within SECONDS, and
# removes the pid files.
stop_recorded() {
  local deadline=$((SECONDS + $1)) file pid killed=
  shift
  for file in "$@"; do
    if pid=$(recorded_process "$file"); then ask_to_end "$pid"; fi
  done
  for file in "$@"; do
    while pid=$(recorded_process "$file"); do
      if ((SECONDS >= deadline)); then
        if [[ $killed == "$pid" ]]; then
          printf '%s: process %s does not even end when killed (%s)\n' "${0##*/}" "$pid" "$file" >&2
          return 1
        fi
        printf '%s: process %s did not end in time and is killed (%s)\n' "${0##*/}" "$pid" "$file" >&2
        kill -KILL "$pid" 2>/dev/null || true
        killed=$pid
        deadline=$((SECONDS + 5))
      fi
      sleep 0.1
    done
    rm -f -- "$file"
  done
}
