#!/bin/bash
# Installs what is missing, from Debian 12's own archive, and nothing else.
#
#   scripts/install-dependencies.sh [build] [test] [lint] [browser]      (default: build test)
#
# Says what it installs and why. Does nothing, and needs no network, when everything is there. Uses sudo when not root.
set -euo pipefail

# group | package | why
readonly PACKAGES='
build   g++                   compiler
build   cmake                 build system
build   ninja-build           build system
build   pkg-config            finds libsodium
build   ccache                makes rebuilds fast
build   libfmt-dev            text formatting
build   libhwy-dev            SIMD lanes (Highway)
build   libexpected-dev       results that carry errors (tl::expected)
build   libtomlplusplus-dev   reads TOML
build   nlohmann-json3-dev    writes JSON
build   libcli11-dev          command line
build   libsodium-dev         SHA-256 of inputs
build   zlib1g-dev            gzip output
build   libsundials-dev       CVODE: fallback and judge of the solvers of differential equations
build   librandom123-dev      counter-based random numbers
build   libboost1.81-dev      headers: Boost.Math and multiprecision (reference solutions), odeint (a peer in benchmarks)
test    libgtest-dev          unit tests
test    libgmock-dev          unit tests
test    librapidcheck-dev     property tests
test    libbenchmark-dev      benchmarks
test    python3               end-to-end tests of the command line
lint    clang-format-19       layout of the code
lint    clang-tidy-19         static analysis
lint    clang-19              fuzz targets
lint    libclang-rt-19-dev    fuzz targets and sanitizers
browser chromium              opens the report in a test
'

wanted=" ${*:-build test} "
for group in $wanted; do
  if ! grep -q "^$group " <<<"$PACKAGES"; then
    echo "install-dependencies: no group '$group' (there are: build test lint browser)" >&2
    exit 2
  fi
done

missing=()
report=""
while read -r group package why; do
  [[ -n "$group" && "$wanted" == *" $group "* ]] || continue
  if ! dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed'; then
    missing+=("$package")
    report+=$(printf '  %-22s %s' "$package" "$why")$'\n'
  fi
done <<<"$PACKAGES"

if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "install-dependencies: this needs Debian 12 (no apt-get here). Install yourself:" >&2
  printf '%s' "$report" >&2
  exit 1
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install-dependencies: not root and no sudo. Ask an administrator to run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing with ${as_root[*]:+sudo }apt-get, from the Debian archive:"
printf '%s' "$report"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
  echo "install-dependencies: the package lists could not be renewed; trying with those at hand" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
