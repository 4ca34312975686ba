#include "racemate/report/nca_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "racemate/report/number.h"
#include "racemate/report/table.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using exposure::BlqRules;
using exposure::NcaFlag;
using exposure::NcaMetric;
using exposure::NcaNote;
using exposure::NcaQuantity;
using exposure::NcaResult;
using exposure::NcaStatistics;
using exposure::NcaSummary;

constexpr int kDigits = 4;             // NCA is reported with one more than exposures of a population
constexpr int kColumnWidth = 12;       // of a number with its frame, on average
constexpr int kFirstColumnWidth = 18;  // of subjects and statistics
constexpr std::size_t kFewestColumns = 3;
constexpr std::size_t kMostSubjectsNamed = 12;  // after a flag

// What stands in one panel: metrics from here to the next theme.
struct Theme {
  NcaMetric first;
  std::string_view title;
};
constexpr std::array<Theme, 7> kThemes{{{NcaMetric::kCmax, "Concentrations"},
                                        {NcaMetric::kAucLast, "Areas"},
                                        {NcaMetric::kAumcLast, "Moments"},
                                        {NcaMetric::kLambdaZ, "Terminal phase"},
                                        {NcaMetric::kClearance, "Clearance and volumes"},
                                        {NcaMetric::kAucTau, "Dosing interval"},
                                        {NcaMetric::kAucInterval, "Intervals"}}};

std::size_t theme_of(NcaMetric metric) {
  std::size_t theme = 0;
  while (theme + 1 < kThemes.size() && kThemes.at(theme + 1).first <= metric) {
    ++theme;
  }
  return theme;
}

Cell plain(std::string text) { return {Paragraph{.text = std::move(text)}}; }
Cell header_cell(const std::string& name, const std::string& unit) {
  Cell cell{Paragraph{.text = name, .style = TextStyle::kStrong}};
  if (const std::string shown = display_unit(unit); !shown.empty()) {
    cell.push_back({.text = shown, .style = TextStyle::kDim});
  }
  return cell;
}

bool is_flagged(const NcaQuantity& quantity) {
  return (quantity.metric == NcaMetric::kExtrapolatedObserved || quantity.metric == NcaMetric::kExtrapolatedPredicted ||
          quantity.metric == NcaMetric::kBackExtrapolated) &&
         quantity.value && *quantity.value > exposure::kExtrapolationFlag_percent;
}

// The reasons of dashes, each once, in order of appearance.
class Reasons {
 public:
  // "– [2]".
  std::string dash(const std::string& reason) {
    const auto found = std::find(reasons_.begin(), reasons_.end(), reason);
    const auto number = static_cast<std::size_t>(found - reasons_.begin()) + 1;
    if (found == reasons_.end()) {
      reasons_.push_back(reason);
    }
    return fmt::format("{} [{}]", kNoValue, number);
  }
  void explain(TextPage& page) const {
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      page.item(fmt::format("[{}]", i + 1), reasons_[i]);
    }
  }

 private:
  std::vector<std::string> reasons_;
};

Cell value_cell(const NcaQuantity& quantity, Reasons& reasons) {
  if (!quantity.value) {
    return {Paragraph{.text = reasons.dash(quantity.reason), .style = TextStyle::kDim}};
  }
  const std::string number = format_number(*quantity.value, kDigits);
  return is_flagged(quantity) ? Cell{Paragraph{.text = number + " !", .style = TextStyle::kWarning}} : plain(number);
}

std::string option_text(const NcaReport& report) {
  const exposure::NcaOptions& options = report.options;
  const std::string time = report.units.time.code;
  const BlqRules& blq = options.blq;
  std::string text = fmt::format(
      "areas by {}; samples below quantification: {} before the first measurable one, {} between, {} after the last; "
      "terminal points ",
      to_string(options.method), to_string(blq.before_first), to_string(blq.between), to_string(blq.after_last));
  text += options.terminal_window
              ? fmt::format("from {} to {} {}", options.terminal_window->from, options.terminal_window->to, time)
              : std::string("by adjusted r2");
  if (options.tau) {
    text += fmt::format("; dosing interval {} {}{}", *options.tau, time, options.steady_state ? ", steady state" : "");
  }
  return text;
}

std::string route_text(const NcaResult& result, const exposure::NcaUnits& units) {
  std::string text(to_string(result.route));
  if (result.route == exposure::NcaRoute::kInfusion) {
    text += " over " + with_unit(format_number(result.infusion_duration, kDigits), units.time.code);
  }
  return text;
}

// "dose 50 mg, infusion over 0.6667 h"; "doses 267.8–400 mg, extravascular".
std::string dose_text(std::span<const NcaResult* const> results, const exposure::NcaUnits& units) {
  std::optional<double> low;
  std::optional<double> high;
  std::size_t without = 0;
  std::vector<std::string> routes;
  for (const NcaResult* result : results) {
    if (const std::string route = route_text(*result, units);
        std::find(routes.begin(), routes.end(), route) == routes.end()) {
      routes.push_back(route);
    }
    if (result->dose) {
      low = std::min(low.value_or(*result->dose), *result->dose);
      high = std::max(high.value_or(*result->dose), *result->dose);
    } else {
      ++without;
    }
  }
  constexpr std::size_t kMostRoutesNamed = 3;
  if (routes.size() > kMostRoutesNamed) {
    routes = {std::string(to_string(results.front()->route)) + " of different lengths"};
  }
  const std::string route = join(routes, " or ");
  if (!low) {
    return "no dose given, " + route;
  }
  return fmt::format(
      "dose {}{}, {}",
      with_unit(*low == *high ? format_number(*low, kDigits)
                              : fmt::format("{} to {}", format_number(*low, kDigits), format_number(*high, kDigits)),
                units.dose.code),
      without == 0 ? "" : fmt::format(" (not given in {})", count_of(without, "profile")), route);
}

// Profiles of one output and route.
struct Group {
  std::vector<const NcaResult*> results;
  const NcaSummary* summary = nullptr;  // of two profiles or more
};

std::vector<Group> groups_of(const NcaReport& report) {
  std::vector<Group> groups;
  for (const NcaResult& result : report.results) {
    auto group = std::find_if(groups.begin(), groups.end(), [&result](const Group& candidate) {
      const NcaResult& first = *candidate.results.front();
      return first.output == result.output && first.route == result.route;
    });
    if (group == groups.end()) {
      groups.emplace_back();
      group = groups.end() - 1;
    }
    group->results.push_back(&result);
  }
  for (Group& group : groups) {
    const NcaResult& first = *group.results.front();
    for (const NcaSummary& summary : report.summaries) {
      if (summary.output == first.output && summary.route == first.route) {
        group.summary = &summary;
      }
    }
  }
  return groups;
}

bool any_value(std::span<const NcaResult* const> results, std::size_t quantity) {
  return std::any_of(results.begin(), results.end(),
                     [quantity](const NcaResult* result) { return result->quantities[quantity].value.has_value(); });
}

// Quantities that no profile has, by the reason of the first.
void list_absent(std::span<const NcaResult* const> results, TextPage& page) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  const NcaResult& first = *results.front();
  for (std::size_t i = 0; i < first.quantities.size(); ++i) {
    if (any_value(results, i)) {
      continue;
    }
    const NcaQuantity& quantity = first.quantities[i];
    auto found = std::find_if(by_reason.begin(), by_reason.end(),
                              [&quantity](const auto& entry) { return entry.first == quantity.reason; });
    if (found == by_reason.end()) {
      by_reason.push_back({quantity.reason, {}});
      found = by_reason.end() - 1;
    }
    found->second.push_back(quantity.name);
  }
  for (const auto& [reason, names] : by_reason) {
    page.item(std::string(kNoValue), fmt::format("{}: {}", join(names, "; "), reason));
  }
}

// Few profiles: one column for each, one quantity a line.
class Abreast {
 public:
  Abreast(const NcaReport& report, TextPage& page) : report_(report), page_(page) {
    for (const NcaResult& result : report.results) {
      results_.push_back(&result);
    }
  }

  void render() {
    page_.remark(dose_text(results_, report_.units));
    TextTable table;
    table.columns.push_back({});
    table.header.emplace_back();
    for (const NcaResult* result : results_) {
      table.columns.push_back({.right_aligned = true});
      table.header.push_back({Paragraph{.text = result->output, .style = TextStyle::kStrong},
                              Paragraph{.text = to_string(result->subject), .style = TextStyle::kDim}});
    }
    Reasons reasons;
    std::optional<std::size_t> theme;
    for (std::size_t i = 0; i < results_.front()->quantities.size(); ++i) {
      if (!any_value(results_, i)) {
        continue;
      }
      if (const std::size_t next = theme_of(results_.front()->quantities[i].metric); next != theme) {
        theme = next;
        table.rows.push_back(
            {.cells = {{Paragraph{.text = std::string(kThemes.at(next).title), .style = TextStyle::kStrong}}},
             .section = true});
      }
      table.rows.push_back(row(i, reasons));
    }
    if (!table.rows.empty()) {
      page_.table(std::move(table));
    }
    reasons.explain(page_);
    list_absent(results_, page_);
    flags();
  }

 private:
  TextTable::Row row(std::size_t quantity, Reasons& reasons) const {
    // A name may depend on the route: CL and CL/F.
    std::vector<std::string> names;
    for (const NcaResult* result : results_) {
      const std::string& name = result->quantities[quantity].name;
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
    const std::string unit = display_unit(results_.front()->quantities[quantity].unit.code);
    TextTable::Row row;
    row.cells.push_back(plain(join(names, " or ") + (unit.empty() ? "" : fmt::format(" ({})", unit))));
    for (const NcaResult* result : results_) {
      row.cells.push_back(value_cell(result->quantities[quantity], reasons));
    }
    return row;
  }

  void flags() {
    for (const NcaResult* result : results_) {
      for (const NcaNote& note : result->notes) {
        const std::string text = results_.size() == 1 ? note.text
                                                      : fmt::format("{}, subject {}: {}", result->output,
                                                                    to_string(result->subject), note.text);
        if (is_warning(note.flag)) {
          page_.warning("!", text);
        } else {
          page_.item("-", text);
        }
      }
    }
  }

  const NcaReport& report_;
  TextPage& page_;
  std::vector<const NcaResult*> results_;
};

// Many profiles: one line for each, quantities in panels that fit the width, statistics below.
class Panels {
 public:
  Panels(const Group& group, TextPage& page) : group_(group), results_(group.results), page_(page) {}

  void render() {
    const bool with_rows = results_.size() <= kMostProfileRows;
    if (!with_rows) {
      page_.remark(
          fmt::format("statistics alone: over {} profiles (the CSV and the JSON have each of them)", kMostProfileRows));
    }
    Reasons reasons;
    std::vector<std::size_t> columns;
    std::size_t theme = 0;
    const std::vector<NcaQuantity>& quantities = results_.front()->quantities;
    const std::size_t most = std::max(
        kFewestColumns, static_cast<std::size_t>(std::max(0, (page_.width() - kFirstColumnWidth) / kColumnWidth)));
    const auto finish = [&] {
      if (!columns.empty()) {
        page_.table(panel(columns, with_rows, reasons));
        columns.clear();
      }
    };
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      if (!any_value(results_, i)) {
        continue;
      }
      if (theme_of(quantities[i].metric) != theme || columns.size() == most) {
        finish();
        theme = theme_of(quantities[i].metric);
      }
      columns.push_back(i);
    }
    finish();
    reasons.explain(page_);
    list_absent(results_, page_);
    flags();
  }

 private:
  TextTable panel(const std::vector<std::size_t>& columns, bool with_rows, Reasons& reasons) const {
    TextTable table;
    table.columns.push_back({.whole = true});
    table.header.push_back({Paragraph{.text = "subject", .style = TextStyle::kDim}});
    for (const std::size_t column : columns) {
      const NcaQuantity& quantity = results_.front()->quantities[column];
      table.columns.push_back({.right_aligned = true});
      table.header.push_back(header_cell(quantity.name, quantity.unit.code));
    }
    for (const NcaResult* result : with_rows ? results_ : std::span<const NcaResult* const>{}) {
      TextTable::Row row{.cells = {plain(to_string(result->subject))}};
      for (const std::size_t column : columns) {
        row.cells.push_back(value_cell(result->quantities[column], reasons));
      }
      table.rows.push_back(std::move(row));
    }
    if (group_.summary != nullptr) {
      add_statistics(columns, table);
    }
    return table;
  }

  void add_statistics(const std::vector<std::size_t>& columns, TextTable& table) const {
    table.rows.push_back({.cells = {{Paragraph{.text = fmt::format("over {} profiles", format_count(results_.size())),
                                               .style = TextStyle::kStrong}}},
                          .section = true});
    const auto row = [&](std::string name, const auto& text_of) {
      TextTable::Row line{.cells = {plain(std::move(name))}};
      for (const std::size_t column : columns) {
        line.cells.push_back(plain(text_of(group_.summary->quantities[column])));
      }
      table.rows.push_back(std::move(line));
    };
    const auto number = [](const std::optional<double>& value) {
      return value ? format_number(*value, kDigits) : std::string(kNoValue);
    };
    row("n", [](const NcaStatistics& statistics) { return format_count(statistics.count); });
    row("geometric mean", [&](const NcaStatistics& statistics) { return number(statistics.geometric_mean); });
    row("geometric CV %", [](const NcaStatistics& statistics) {
      return statistics.geometric_cv_percent ? format_number(*statistics.geometric_cv_percent) : std::string(kNoValue);
    });
    row("median", [&](const NcaStatistics& statistics) { return number(statistics.median); });
    row("lowest", [&](const NcaStatistics& statistics) { return number(statistics.low); });
    row("highest", [&](const NcaStatistics& statistics) { return number(statistics.high); });
  }

  void flags() {
    for (const NcaFlag flag : exposure::kNcaFlags) {
      std::vector<std::string> subjects;
      for (const NcaResult* result : results_) {
        if (std::any_of(result->notes.begin(), result->notes.end(),
                        [flag](const NcaNote& note) { return note.flag == flag; })) {
          subjects.push_back(to_string(result->subject));
        }
      }
      if (subjects.empty()) {
        continue;
      }
      const std::string text = fmt::format("{}: {}", exposure::description(flag), named(std::move(subjects)));
      if (is_warning(flag)) {
        page_.warning("!", text);
      } else {
        page_.item("-", text);
      }
    }
  }

  [[nodiscard]] std::string named(std::vector<std::string> subjects) const {
    const std::size_t count = subjects.size();
    if (count == results_.size()) {
      return "every subject";
    }
    subjects.resize(std::min(count, kMostSubjectsNamed));
    return fmt::format("{} of {} subjects ({}{})", format_count(count), format_count(results_.size()),
                       join(subjects, ", "), count > kMostSubjectsNamed ? ", ..." : "");
  }

  const Group& group_;
  std::span<const NcaResult* const> results_;
  TextPage& page_;
};

}  // namespace

std::string render_nca(const NcaReport& report, const TerminalStyle& style) {
  TextPage page(style);
  page.title(
      fmt::format("Non-compartmental analysis of {}: {}", report.file, count_of(report.results.size(), "profile")));
  page.remark(option_text(report));
  if (report.results.empty()) {
    return page.take();
  }
  if (report.results.size() <= kMostProfilesAbreast) {
    Abreast(report, page).render();
    return page.take();
  }
  for (const Group& group : groups_of(report)) {
    const NcaResult& first = *group.results.front();
    page.heading(fmt::format("{}: {}", first.output, count_of(group.results.size(), "profile")));
    page.remark(dose_text(group.results, report.units));
    Panels(group, page).render();
  }
  return page.take();
}

}  // namespace racemate::report
