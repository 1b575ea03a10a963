# shellcheck shell=bash
# Our executables. Needs report.sh and packages.sh.
#
#   HOLDFAST_BUILD_CONFIGURATION   release (default) or debug
#   HOLDFAST_BIN                   a folder with executables that are already built: use those, build nothing

BUILD_CONFIGURATION=${HOLDFAST_BUILD_CONFIGURATION:-release}
[[ $BUILD_CONFIGURATION == release || $BUILD_CONFIGURATION == debug ]] ||
  fail "HOLDFAST_BUILD_CONFIGURATION is release or debug, not '$BUILD_CONFIGURATION'"

# A target that imports a module which its manifest entry does not name fails to build.
readonly SWIFT_BUILD_FLAGS=(--explicit-target-dependency-import-check error)

executables_folder() { printf '%s\n' "${HOLDFAST_BIN:-$PROJECT/.build/$BUILD_CONFIGURATION}"; }

# build_executables NAME...: brings these executables up to date, with the compiler's progress visible.
build_executables() {
  local name
  if [[ -n ${HOLDFAST_BIN:-} ]]; then return; fi
  ensure_packages pkg-config libpq-dev libzmq3-dev libqrencode-dev libcurl4-openssl-dev librdkafka-dev librabbitmq-dev
  ensure_swift
  say "Building ($BUILD_CONFIGURATION); the first time takes some minutes"
  for name in "$@"; do
    (cd "$PROJECT" && swift build "${SWIFT_BUILD_FLAGS[@]}" -c "$BUILD_CONFIGURATION" --product "$name") >&2
  done
}

# Prints the path of executable $1; builds it where it is missing.
executable() {
  local path
  path=$(executables_folder)/$1
  if [[ ! -x $path ]]; then build_executables "$1"; fi
  [[ -x $path ]] || fail "$path is missing"
  printf '%s\n' "$path"
}
