# shellcheck shell=bash
# Who the processes of an instance run as. An ordinary user runs all of them. Root runs none of its own: PostgreSQL is the
# system user postgres, nodes that append to the log are holdfast-command, query nodes are holdfast-query. None of them can
# log in. PostgreSQL knows each by its system user (peer), so a query node that was taken over can't append. Needs report.sh.

readonly NODE_GROUP=holdfast
readonly COMMAND_USER=holdfast-command
readonly QUERY_USER=holdfast-query
# Where root keeps what those users can't reach otherwise.
# shellcheck disable=SC2034 # for those who source this
readonly ELSEWHERE=/var/lib/holdfast

# Makes the system users of nodes that are missing. Only root does.
ensure_node_users() {
  local user shell
  if ((EUID != 0)); then return; fi
  if ! getent group "$NODE_GROUP" >/dev/null; then
    say "Making the system group $NODE_GROUP"
    groupadd --system "$NODE_GROUP" || getent group "$NODE_GROUP" >/dev/null
  fi
  for user in "$COMMAND_USER" "$QUERY_USER"; do
    if ! getent passwd "$user" >/dev/null; then
      say "Making the system user $user, which can't log in"
      # Another tools/up may be making it at this moment.
      useradd --system --gid "$NODE_GROUP" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" ||
        getent passwd "$user" >/dev/null
    fi
    shell=$(getent passwd "$user" | cut -d: -f7)
    [[ $shell == */nologin || $shell == */false ]] ||
      fail "the user $user can log in ($shell); it should be a system user, for nodes alone"
  done
}

# command_user, query_user: who nodes run as.
command_user() { if ((EUID == 0)); then echo "$COMMAND_USER"; else id -un; fi; }
query_user() { if ((EUID == 0)); then echo "$QUERY_USER"; else id -un; fi; }

# become USER COMMAND...: replaces this process by the command, run by USER for good: it gets no right back, whatever it
# executes. Not in root's working folder, which USER may not be allowed to enter.
become() {
  local user=$1
  shift
  if [[ $user == "$(id -un)" ]]; then exec "$@"; fi
  cd /
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --inh-caps=-all --no-new-privs \
    env HOME=/nonexistent USER="$user" LOGNAME="$user" "$@"
}

# as_user USER COMMAND...: the same for a command that ends.
as_user() { (become "$@"); }
