#!/bin/bash
# Layout (clang-format 19), order of the rooms, static analysis (clang-tidy 19). All problems, then one exit status.
#
#   scripts/lint.sh [FILE...]        (default: everything; clang-tidy leaves out tests and benchmarks, whose macros it
#                                     cannot judge)
set -uo pipefail
cd "$(dirname "$0")/.."

if [[ $# -gt 0 ]]; then
  all=("$@")
else
  mapfile -t all < <(git ls-files -co --exclude-standard '*.h' '*.cc' | while read -r file; do [[ -f $file ]] && echo "$file"; done)
fi
mapfile -t to_analyse < <(printf '%s\n' "${all[@]}" | grep -E '^src/.*\.cc$' | grep -vE '_(test|benchmark)\.cc$')
status=0

echo "lint: layout of ${#all[@]} files"
clang-format-19 --dry-run -Werror "${all[@]}" || status=1

echo "lint: order of the rooms"
python3 scripts/check_layers.py || status=1

echo "lint: static analysis of ${#to_analyse[@]} files"
cmake --preset release --log-level=WARNING >/dev/null || exit 1
if [[ ${#to_analyse[@]} -gt 0 ]]; then
  # The database names options of g++ that clang does not know, and libstdc++ 12 uses names that it deprecates itself:
  # neither is a finding.
  printf '%s\n' "${to_analyse[@]}" |
    xargs -P "$(nproc)" -n 2 clang-tidy-19 -p build/release --quiet --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-deprecated-declarations 2>/dev/null || status=1
fi

[[ $status -eq 0 ]] && echo "lint: clean" || echo "lint: see above"
exit $status
