#!/usr/bin/env bash
# Do Kafka and RabbitMQ get what happens: all of it, in order, through a node's death at every boundary, through brokers that
# go and come back, and through a failover? Kafka is librdkafka's mock cluster, read by kcat; RabbitMQ is Debian's server,
# read by pika.
#
# Environment: HOLDFAST_BIN, the folder with the built executables; HOLDFAST_TEST_POSTGRES, the connection string of the
# superuser of a PostgreSQL; HOLDFAST_VENV, the Python environment with tools/requirements.txt. tools/test sets all.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
# shellcheck source=../../tools/lib/packages.sh
source "$PROJECT/tools/lib/packages.sh"
ensure_packages kcat openssl rabbitmq-server

readonly DATABASE=brokers_test
# shellcheck source=lib/node-database.sh
source "$PROJECT/Tests/acceptance/lib/node-database.sh"

certificate broker
"$HOLDFAST_VENV/bin/python" "$PROJECT/Tests/acceptance/brokers/try.py" \
  "$HOLDFAST_BIN/holdfast" "$(conninfo "$DATABASE" holdfast_appender)" "$work" "$(conninfo "$DATABASE")" 2>"$work/try.log" ||
  fail "$(cat "$work/try.log")"
