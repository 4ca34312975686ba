#include "racemate/bench/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "racemate/report/number.h"
#include "racemate/report/table.h"
#include "racemate/report/text.h"

namespace racemate::bench {
namespace {

using report::Cell;
using report::TextStyle;
using report::TextTable;

constexpr double kMegabyte = 1e6;

std::string number_or_dash(const std::optional<double>& value) {
  return report::format_number(value.value_or(std::nan("")));
}

std::string milliseconds(double seconds) { return report::format_number(seconds * 1000) + " ms"; }

Cell plain(std::string text) { return {{.text = std::move(text)}}; }

struct Heading {
  const char* text;
  bool right_aligned;
  int rank;  // columns of the highest ranks go first where the width does not do for all
};
constexpr std::array<Heading, 8> kHeadings{{{"engine", false, 0},
                                            {"threads", true, 2},
                                            {"people", true, 5},
                                            {"ns per row", true, 1},
                                            {"people per s", true, 7},
                                            {"time × first", true, 4},
                                            {"error", true, 3},
                                            {"MB beyond result", true, 6}}};
constexpr int kWidthOfWholeNames = 90;
constexpr int kNarrowestColumn = 9;  // with its frame and padding (report/table.h)

// Which columns a table of this width has room for.
std::vector<std::size_t> shown_columns(int width) {
  const int room = std::clamp((width - 1) / kNarrowestColumn, 2, static_cast<int>(kHeadings.size()));
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < kHeadings.size(); ++i) {
    if (kHeadings[i].rank < room) shown.push_back(i);
  }
  return shown;
}

std::vector<Cell> cells_of(const CaseResult& of, const EngineResult& engine) {
  Cell name = plain(engine.engine);
  if (engine.ready_seconds && engine.why_not.empty()) {
    name.push_back(
        {.text = fmt::format("model ready in {}", milliseconds(*engine.ready_seconds)), .style = TextStyle::kDim});
  }
  const std::optional<double> memory =
      engine.memory_beyond_bytes ? std::optional(*engine.memory_beyond_bytes / kMegabyte) : std::nullopt;
  const std::string error = engine.error ? fmt::format("{:.0e}", *engine.error) : std::string(report::kNoValue);
  return {std::move(name),
          plain(fmt::format("{}", engine.threads)),
          plain(report::format_count(engine.people)),
          plain(number_or_dash(ns_per_row(of, engine))),
          plain(number_or_dash(people_per_second(engine))),
          plain(number_or_dash(times_the_first(of, engine))),
          plain(error),
          plain(number_or_dash(memory))};
}

// about: "" or the title of the case and a colon.
std::string render_case_notes(const CaseResult& of, const std::string& about, const Machine& machine, int width) {
  std::string text;
  const auto note = [&](const std::string& words) { text += report::render_item("-", words, width); };
  for (const EngineResult& engine : of.engines) {
    if (!engine.why_not.empty()) note(fmt::format("{}: {}.", engine.engine, engine.why_not));
  }
  if (of.model_ready_seconds) {
    note(fmt::format("{}from the file to a model ready to run {}.", about, milliseconds(*of.model_ready_seconds)));
  }
  if (const std::optional<double> gain = gain_of_two_threads(of)) {
    note(fmt::format("{}two threads are {} times as fast as one.", about, report::format_number(*gain)));
  }
  if (!of.engines.empty()) {
    if (const std::optional<double> limit = times_the_write_limit(of, of.engines.front(), machine)) {
      note(fmt::format("{}a row takes {} times as long as writing its {} to memory.", about,
                       report::format_number(*limit), report::count_of(of.outputs, "value")));
    }
    if (const std::optional<double> bytes = of.engines.front().process_bytes; bytes && of.rows_per_person == 0) {
      note(fmt::format("{}the whole process took {} MB at most.", about, report::format_number(*bytes / kMegabyte)));
    }
  }
  return text;
}

std::string render_scenario(const ScenarioResult& scenario, const Machine& machine, const BenchStyle& style) {
  TextTable table;
  const std::vector<std::size_t> shown = shown_columns(style.width);
  for (const std::size_t column : shown) {
    const bool name = column == 0;  // not broken where there is room
    table.columns.push_back(
        {.right_aligned = kHeadings[column].right_aligned, .whole = name && style.width >= kWidthOfWholeNames});
    table.header.push_back({{.text = kHeadings[column].text, .style = TextStyle::kStrong}});
  }
  std::string notes;
  for (const CaseResult& of : scenario.cases) {
    table.rows.push_back(
        {.cells = {{{.text = fmt::format("{} (error: {})", of.title, of.error_means), .style = TextStyle::kStrong}}},
         .section = true});
    for (const EngineResult& engine : of.engines) {
      if (!engine.error && !engine.own) continue;  // one that did not run is a note, not a row of dashes
      const std::vector<Cell> cells = cells_of(of, engine);
      TextTable::Row row;
      for (const std::size_t column : shown) row.cells.push_back(cells[column]);
      table.rows.push_back(std::move(row));
    }
    notes += render_case_notes(of, scenario.cases.size() > 1 ? of.title + ": " : "", machine, style.width);
  }
  report::fit_columns(table, style.width);
  const std::string title = fmt::format("{}  {}: {}", scenario.id, scenario.title, scenario.setting);
  return "\n" + report::styled(report::clean_text(title), TextStyle::kStrong, style.colour) + "\n" +
         report::render_table(table, style.colour) + notes;
}

std::string render_machine(const BenchResult& result, int width) {
  const Machine& machine = result.machine;
  std::string text =
      fmt::format("racemate {} on {}, {}, lanes: {}. Least of up to {}{}.\n", result.program_version,
                  report::clean_text(machine.processor),
                  report::count_of(static_cast<std::size_t>(machine.processors), "processor"), machine.simd_tier,
                  report::count_of(static_cast<std::size_t>(result.repetitions), "repetition"),
                  result.quick ? "; few people (--quick), so the times mean little" : "");
  if (machine.limits) {
    const engine::kernels::MachineLimits& limits = *machine.limits;
    text += report::render_item(
        "",
        fmt::format(
            "This machine's own limits, one thread, now, ns a number: write to memory {} ({} past the caches, {} "
            "by lines into rows), first touch of fresh memory {}, exponential {}, multiply-add {}.",
            report::format_number(limits.write_ns), report::format_number(limits.write_past_ns),
            report::format_number(limits.strided_write_ns), report::format_number(limits.first_touch_ns),
            report::format_number(limits.exponential_ns), report::format_number(limits.multiply_add_ns)),
        width);
  }
  return text;
}

}  // namespace

std::string render_bench(const BenchResult& result, const BenchStyle& style) {
  std::string text = render_machine(result, style.width);
  for (const ScenarioResult& scenario : result.scenarios) text += render_scenario(scenario, result.machine, style);
  return text;
}

std::string render_scenarios(const std::vector<Scenario>& scenarios) {
  std::string text;
  for (const Scenario& scenario : scenarios) {
    text += fmt::format("{:<6} {}\n", report::clean_text(scenario.id), report::clean_text(scenario.title));
  }
  return text;
}

}  // namespace racemate::bench
