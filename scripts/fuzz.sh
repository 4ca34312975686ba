#!/bin/bash
# Fuzzes the four parsers for SECONDS each, starting from what we ship and from what earlier runs found.
#
#   scripts/fuzz.sh SECONDS
#
# What was found lies under build/fuzz/corpus/; a crashing input under build/fuzz/crashes/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?seconds}

cmake --preset fuzz --log-level=WARNING
cmake --build build/fuzz --parallel "$(nproc)" --target racemate_model_fuzz racemate_pattern_fuzz \
  racemate_expression_fuzz racemate_nca_table_fuzz

mkdir -p build/fuzz/crashes build/fuzz/seeds/model build/fuzz/seeds/expression build/fuzz/seeds/nca_table
# Every model that we have; those of the manual have states, sources and rates that change.
cp models/*.toml bench/models/*.toml conformance/models/*.toml build/fuzz/seeds/model/
awk '/^```toml$/ { file = sprintf("build/fuzz/seeds/model/manual-%d.toml", ++count); next }
     /^```$/ { file = "" }
     file != "" { print > file }' docs/model-format.md
# Every right-hand side of a shipped model that looks like an expression is a seed for the expression parser.
grep -ohE '= *"[^"]*[*/+^(][^"]*"' models/*.toml | sed -E 's/^= *"(.*)"$/\1/' | sort -u |
  awk '{ file = sprintf("build/fuzz/seeds/expression/%04d", NR); print > file; close(file) }'
# The table of the manual, behind three bytes that choose options: one seed for each route.
for options in '000' '111' '222'; do
  { printf '%s' "$options" && sed -n '/^```csv$/,/^```$/{/^```/d;p}' docs/nca.md; } > "build/fuzz/seeds/nca_table/$options"
done

for target in model pattern expression nca_table; do
  seeds=build/fuzz/seeds/$target
  [[ $target == pattern ]] && seeds=patterns
  dictionary=fuzz/toml.dict
  [[ $target == nca_table ]] && dictionary=fuzz/csv.dict
  mkdir -p "build/fuzz/corpus/$target"
  echo "fuzz: $target, $seconds s"
  # -max_len: several times our largest shipped file would only slow the search; the size limit has its own test.
  build/fuzz/bin/racemate_${target}_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
    -dict="$dictionary" -artifact_prefix="build/fuzz/crashes/$target-" -print_final_stats=1 -verbosity=0 \
    "build/fuzz/corpus/$target" "$seeds"
done
