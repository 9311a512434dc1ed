#!/bin/sh
# Installs the Debian packages that are missing, each given as NAME=FILE with a file
# by which one sees that it is there. Without root or apt-get it says what is missing
# and goes on: the tests that need it say so too, and are skipped.
set -eu

missing=
for package in "$@"; do
  [ -e "${package#*=}" ] || missing="$missing ${package%%=*}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing:$missing; the tests that need it will be skipped. As root on Debian 12: apt-get install$missing"
  exit 0
fi

# PostgreSQL would make a database of its own and start it.
settings=/etc/postgresql-common/createcluster.conf
if [ ! -e "$settings" ]; then
  mkdir -p "${settings%/*}"
  echo 'create_main_cluster = false' > "$settings"
fi
echo "installing Debian packages:$missing"
install() {
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold $missing
}
install >/dev/null 2>&1 || { apt-get update -qq && install >/dev/null; } ||
  echo "could not install$missing; the tests that need it will be skipped"
