# shellcheck shell=bash
# What the scripts need from the machine, found by looking for the thing itself rather than for a package, so that
# another way of installing it is as good. Needs report.sh.

# The newest PostgreSQL's programs: Debian keeps them out of PATH. Prints nothing when there are none.
postgres_programs() {
  local folder newest=
  while read -r folder; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl ]]; then newest=$folder; fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V)
  if [[ -z $newest ]] && command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
    newest=$(dirname "$(command -v initdb)")
  fi
  if [[ -n $newest ]]; then printf '%s\n' "$newest"; fi
}

# Is what the Debian package $1 brings there?
is_present() {
  case $1 in
    postgresql) [[ -n $(postgres_programs) ]] && command -v psql >/dev/null ;;
    libpq-dev) command -v pkg-config >/dev/null && pkg-config --exists libpq ;;
    libqrencode-dev) command -v pkg-config >/dev/null && pkg-config --exists libqrencode ;;
    libcurl4-openssl-dev) command -v pkg-config >/dev/null && pkg-config --exists libcurl ;;
    zbar-tools) command -v zbarimg >/dev/null ;;
    librabbitmq-dev) command -v pkg-config >/dev/null && pkg-config --exists librabbitmq ;;
    librdkafka-dev) command -v pkg-config >/dev/null && pkg-config --exists rdkafka ;;
    libzmq3-dev) command -v pkg-config >/dev/null && pkg-config --exists libzmq ;;
    nginx) [[ -x /usr/sbin/nginx ]] || command -v nginx >/dev/null ;;
    rabbitmq-server) [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# ensure_packages NAME...: installs the missing ones with apt-get, after saying which.
ensure_packages() {
  local name missing=()
  for name in "$@"; do
    is_present "$name" || missing+=("$name")
  done
  if ((${#missing[@]} == 0)); then return; fi

  say "Missing on this machine: ${missing[*]}"
  command -v apt-get >/dev/null ||
    fail "this is not a Debian-like system; please install what these Debian packages bring: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "please install them as root, then run this again:  apt-get install -y ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing with ${as_root[*]:+sudo }apt-get: ${missing[*]}"
  "${as_root[@]}" apt-get update >&2
  # Debian's packages would start servers of their own, at once and at every boot; ours are private, so those are not
  # wanted. The policy is asked before a package starts anything; one that the machine already has stays.
  local no_cluster=/etc/postgresql-common/createcluster.d/holdfast.conf policy=/usr/sbin/policy-rc.d
  "${as_root[@]}" mkdir -p "${no_cluster%/*}"
  "${as_root[@]}" tee "$no_cluster" <<<"create_main_cluster = false" >/dev/null
  if [[ -e $policy ]]; then
    policy=
  else
    "${as_root[@]}" tee "$policy" <<<$'#!/bin/sh\nexit 101' >/dev/null
    "${as_root[@]}" chmod 0755 "$policy"
  fi
  local installed=0
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
    installed=$?
  "${as_root[@]}" rm -f "$no_cluster" ${policy:+"$policy"}
  ((installed == 0)) || fail "apt-get could not install them (see above): ${missing[*]}"
  for name in "${missing[@]}"; do
    if [[ $name =~ ^(nginx|prometheus|rabbitmq-server)$ && -d /run/systemd/system ]]; then
      "${as_root[@]}" systemctl disable --quiet "$name"
    fi
    is_present "$name" || fail "apt-get installed $name, yet what it brings cannot be found"
  done
}

# ensure_swift: a Swift toolchain is the one thing we do not install: how is its user's choice.
ensure_swift() {
  local needed=6.2 found=
  if command -v swift >/dev/null; then
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  fi
  if [[ -n $found && $(printf '%s\n' "$needed" "$found" | sort -V | head -n 1) == "$needed" ]]; then return; fi
  fail "Holdfast needs Swift $needed or newer; ${found:+found only }${found:-found none on PATH}.
  Get it with swiftly, Swift's toolchain installer:    https://www.swift.org/install/linux/
    (after installing swiftly:  swiftly install latest)
  or unpack a toolchain for your system from the same page and put its usr/bin on PATH."
}
