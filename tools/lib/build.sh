# shellcheck shell=bash
# Our executables. Needs report.sh and packages.sh.
#
#   HOLDFAST_BUILD_CONFIGURATION   release (default) or debug
#   HOLDFAST_BIN                   a folder with executables that are already built: use those, build nothing

BUILD_CONFIGURATION=${HOLDFAST_BUILD_CONFIGURATION:-release}
[[ $BUILD_CONFIGURATION == release || $BUILD_CONFIGURATION == debug ]] ||
  fail "HOLDFAST_BUILD_CONFIGURATION is release or debug, not '$BUILD_CONFIGURATION'"

executables_folder() { printf '%s\n' "${HOLDFAST_BIN:-$PROJECT/.build/$BUILD_CONFIGURATION}"; }

# Brings the executables up to date, with the compiler's progress visible.
build_executables() {
  if [[ -n ${HOLDFAST_BIN:-} ]]; then return; fi
  ensure_packages pkg-config libpq-dev libzmq3-dev libqrencode-dev
  ensure_swift
  say "Building ($BUILD_CONFIGURATION); the first time takes some minutes"
  (cd "$PROJECT" && swift build -c "$BUILD_CONFIGURATION") >&2
}

# Prints the path of executable $1; builds it where it is missing.
executable() {
  local path
  path=$(executables_folder)/$1
  if [[ ! -x $path ]]; then build_executables; fi
  [[ -x $path ]] || fail "$path is missing"
  printf '%s\n' "$path"
}
