# shellcheck shell=bash
# The programs as the system users of nodes can run them. Needs report.sh, folders.sh, build.sh and users.sh.

# Can the users of nodes run the programs, with what these load?
nodes_can_run() {
  local user program
  for user in "$COMMAND_USER" "$QUERY_USER"; do
    for program in "$holdfast" "$simulator"; do as_user "$user" "$program" --help >/dev/null 2>&1 || return 1; done
  done
}

# Sets holdfast and simulator to where the programs are. Where the users of nodes can't get at them, as in root's home, to
# copies that they can run, made anew each time.
use_programs() {
  local programs copies library
  holdfast=$(realpath -e -- "$(executable holdfast)")
  simulator=$(realpath -e -- "$(executable payments-simulator)")
  if ((EUID != 0)) || nodes_can_run; then return; fi

  programs=${holdfast%/*} copies=$ELSEWHERE/programs-$(path_checksum "${holdfast%/*}")
  say "The users of nodes cannot run the programs in $programs; copying them to $copies"
  rm -rf -- "$copies.new"
  install -d -m 0755 -- "$ELSEWHERE" "$copies.new" "$copies.new/lib"
  install -m 0755 -- "$holdfast" "$simulator" "$copies.new"
  cp -RL -- "$programs"/*.resources "$copies.new"
  while read -r library; do
    as_user "$QUERY_USER" test -r "$library" || install -m 0644 -- "$library" "$copies.new/lib"
  done < <(ldd "$holdfast" "$simulator" | awk '$3 ~ /^\// { print $3 }' | sort -u)
  chmod -R a+rX -- "$copies.new"
  # What runs from there goes on with the files that it has.
  rm -rf -- "$copies"
  mv -T -- "$copies.new" "$copies"
  holdfast=$copies/holdfast simulator=$copies/payments-simulator
  export LD_LIBRARY_PATH=$copies/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  nodes_can_run || fail "user $QUERY_USER cannot run $holdfast; is $ELSEWHERE on a file system without programs?"
}
