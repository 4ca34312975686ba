#include "racemate/cli/help.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "racemate/core/diagnostic.h"

namespace racemate::cli {
namespace {

// One line per exit code; the numbers come from the table of errors.
std::string exit_codes() {
  constexpr std::array<std::pair<ErrorCode, std::string_view>, 6> kMeanings{{
      {ErrorCode::kUsage, "the command line is wrong"},
      {ErrorCode::kSyntax, "a file or a value is wrong: the message says file:line:column and what was expected"},
      {ErrorCode::kFileUnreadable, "a file cannot be read (missing, a folder, no permission, too large)"},
      {ErrorCode::kUnwritableOutput, "an output cannot be written"},
      {ErrorCode::kNumericalFailure, "a computation failed; the message names the person"},
      {ErrorCode::kInterrupted, "interrupted (Ctrl-C); no output was written"},
  }};
  std::string text = "Exit codes:\n  0    done\n";
  for (const auto& [code, meaning] : kMeanings) {
    text += fmt::format("  {:<4} {}\n", error_info(code).exit_code, meaning);
  }
  return text;
}

}  // namespace

std::string program_summary() {
  return "Racemate computes what a pattern of ketamine use means in exposure: dose, concentration, AUC and hours\n"
         "above named levels, for a virtual population, with its uncertainty and its sources.\n"
         "It is for assessment and education. It recommends no dose.\n";
}

std::string program_footer() {
  return "Examples:\n"
         "  racemate compare                                     all bundled patterns, 1000 adults, a year\n"
         "  racemate compare iv-clinic saturday-400mg --html report.html\n"
         "  racemate pattern show iv-clinic                      what a pattern says, and who says so\n"
         "  racemate pattern check mine.toml                     all problems of a file of your own\n"
         "  racemate compare iv-clinic mine.toml                 your pattern beside a bundled one\n"
         "\n" +
         exit_codes() +
         "\n"
         "Environment:\n"
         "  RACEMATE_DATA   folder with models, patterns, cohorts and evidence, instead of the shipped ones\n"
         "  NO_COLOR        when set and not empty: no colour\n"
         "\n"
         "'racemate COMMAND --help' explains a command.\n";
}

std::string compare_footer() {
  return "Examples:\n"
         "  racemate compare\n"
         "  racemate compare iv-clinic saturday-400mg --weight 70\n"
         "  racemate compare iv-clinic ./mine.toml --subjects 10000 --html report.html --json report.json\n"
         "  racemate compare iv-clinic --model iv-clinic=domino-1984\n"
         "  racemate compare iv-clinic --set \"kamp-2020.CL=50 L/h\"\n"
         "  racemate compare iv-clinic saturday-400mg --quiet --json - | python3 -m json.tool\n"
         "\n"
         "Reading the table: 'median (5th to 95th percentile)' is over people; 'inputs' is what we do not know "
         "(purity,\n"
         "bioavailability, model values), for a typical person. Ratios are to the first pattern and only where both\n"
         "count the same substance; otherwise the cell says why not.\n"
         "\n" +
         exit_codes();
}

std::string simulate_footer() {
  return "Examples:\n"
         "  racemate simulate kamp-2020 --regimen iv-clinic --typical --weight 70 --times 0:24:0.1h\n"
         "  racemate simulate perez-ruixo-2021 --regimen esketamine-label-trd --subjects 1000 --times 0:96:0.25h \\\n"
         "      --out table.csv\n"
         "  racemate simulate kamp-2020 --regimen iv-clinic --subjects 10000 --times 0:24:0.5h \\\n"
         "      --summary quantiles,exposure --above ketamine=100ng/mL --out summary.csv --json manifest.json\n"
         "  racemate simulate mine.toml --regimen iv-clinic --subjects 1000 --times 0:24:0.1h \\\n"
         "      --uncertainty 1000 --summary quantiles        a prediction interval with its own uncertainty\n"
         "  racemate simulate kamp-2020 --regimen iv-clinic --subjects 10000 --times 0:24:0.1h \\\n"
         "      --shard 2/4 --out part2.csv.gz                see 'racemate merge --help'\n"
         "  racemate simulate mine.toml --data records.csv --out rows.csv     NONMEM-style records: docs/records.md\n"
         "\n"
         "Times count from hour 0, Monday 00:00 of week 1; the clock of the pattern says when its first session is.\n"
         "The table is ID,TIME,<outputs> with TIME in h and concentrations in ng/mL; a row at a dose is after it.\n"
         "The same seed gives the same bytes for any number of threads. A file appears whole or not at all.\n"
         "\n" +
         exit_codes();
}

std::string nca_footer() {
  return "Examples:\n"
         "  racemate nca table.csv --dose 320 --concentration-unit mg/L\n"
         "  racemate nca table.csv --dose 25 --route bolus --method linear --csv results.csv\n"
         "  racemate nca study.csv --output plasma --dose 50 --route infusion --duration 0.667 --partial 0:24\n"
         "  racemate simulate kamp-2020 --regimen iv-clinic --typical --weight 70 --times 600:3480:1min |\n"
         "      racemate nca - --dose 35 --dose-time 10 --route infusion --duration 0.6667 --lambda-z 24:48\n"
         "\n"
         "The table has a line for each sample: ID, TIME (after the dose, or with AMT on the line of the dose) and\n"
         "concentrations in CONC, DV or columns of your own; DOSE, RATE, BLQ, LLOQ, EVID, MDV, STUDY and REP are\n"
         "known. A quantity that cannot be computed says why. Formulas and rules: docs/nca.md.\n"
         "\n" +
         exit_codes();
}

std::string merge_footer() {
  return "Examples:\n"
         "  racemate merge table.csv part1.csv part2.csv part3.csv\n"
         "  racemate merge table.csv.gz parts/*.csv.gz\n"
         "\n"
         "The merged file has the bytes that the run without --shard would have written. Shards of different runs, "
         "and\n"
         "shards that are missing, given twice or cut short, are refused.\n"
         "\n" +
         exit_codes();
}

std::string bench_footer() {
  return "Examples:\n"
         "  racemate bench --list\n"
         "  racemate bench w1 w3\n"
         "  racemate bench --repetitions 9 --json speed.json\n"
         "\n"
         "Each engine's answer is held against a tight reference first; one that is off by more than 1e-5 of a\n"
         "person's peak gets no time. A row is one time of one person, whatever it holds. Times are the least of\n"
         "several whole calls. Boost.odeint and CVODE always run; mrgsolve, rxode2 and deSolve where R has them.\n"
         "What is measured, and how: docs/benchmarks.md.\n"
         "\n" +
         exit_codes();
}

std::string noun_footer(const std::string& noun) {
  const bool model = noun == "model";
  return fmt::format(
      "Examples:\n"
      "  racemate {0} list\n"
      "  racemate {0} show {1}\n"
      "  racemate {0} check mine.toml\n"
      "\n"
      "{2}",
      noun, model ? "perez-ruixo-2021" : "iv-clinic", exit_codes());
}

std::string version_text() { return "racemate " RACEMATE_VERSION "\n"; }

}  // namespace racemate::cli
