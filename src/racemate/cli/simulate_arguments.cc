#include "racemate/cli/simulate_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "racemate/cli/number_option.h"

namespace racemate::cli {
namespace {

void usage(std::string message, std::string expected, std::string hint, Diagnostics& diagnostics) {
  diagnostics.push_back({ErrorCode::kUsage, {}, std::move(message), std::move(expected), std::move(hint)});
}

void read_summary(const std::string& text, study::SimulateOptions& options, Diagnostics& diagnostics) {
  std::size_t at = 0;
  while (!text.empty() && at <= text.size()) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string kind = text.substr(at, comma - at);
    at = comma + 1;
    bool* const wanted = kind == "quantiles" ? &options.quantiles : kind == "exposure" ? &options.exposure : nullptr;
    if (wanted == nullptr) {
      usage(fmt::format("--summary: '{}' is not known", kind), "quantiles, exposure, or quantiles,exposure",
            suggest_name(kind, {"quantiles", "exposure"}), diagnostics);
    } else if (std::exchange(*wanted, true)) {
      usage(fmt::format("--summary: '{}' is named twice", kind), "once", "", diagnostics);
    }
  }
}

template <class Value>
void take(Result<Value> parsed, Diagnostics& diagnostics, const auto& use) {
  if (parsed) {
    use(std::move(*parsed));
  } else {
    diagnostics.insert(diagnostics.end(), parsed.error().begin(), parsed.error().end());
  }
}

}  // namespace

SimulateAs read_simulation_output(const std::string& summary, const WrittenSimulationOutput& written,
                                  study::SimulateOptions& options, Diagnostics& diagnostics) {
  read_summary(summary, options, diagnostics);
  for (const std::string& text : written.above) {
    take(study::parse_level(text), diagnostics, [&](study::LevelAbove level) {
      const bool known = std::any_of(options.above.begin(), options.above.end(), [&](const study::LevelAbove& other) {
        return other.output == level.output && other.level_mg_per_l == level.level_mg_per_l;
      });
      if (known) {
        usage(fmt::format("--above '{}': that level is given twice", text), "once", "", diagnostics);
      }
      options.above.push_back(std::move(level));
    });
  }
  if (options.above.size() > study::kMostLevels) {
    usage(fmt::format("--above: {} levels", options.above.size()), fmt::format("at most {}", study::kMostLevels), "",
          diagnostics);
  }
  if (!written.above.empty() && summary.empty()) {
    usage("--above: a table has no levels", "--summary quantiles or --summary exposure beside it", "", diagnostics);
  }
  const auto count = [&](const char* option, const std::string& text, std::uint64_t most, std::uint64_t& value) {
    if (!text.empty()) {
      value = parse_count(option, text, {1, most}, diagnostics).value_or(value);
    }
  };
  count("--uncertainty", written.uncertainty, study::kMostStudies, options.studies);
  count("--replicates", written.replicates, study::kMostReplicates, options.replicates);
  if (options.typical && options.replicates > 1) {
    usage("--replicates repeats a trial with other people, and --typical has none", "one of the two", "", diagnostics);
  }
  if (!written.shard.empty()) {
    take(study::parse_shard(written.shard), diagnostics, [&](study::Shard shard) { options.shard = shard; });
  }
  return options.quantiles || options.exposure ? SimulateAs::kSummary : SimulateAs::kTable;
}

}  // namespace racemate::cli
