#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/regimen/pattern_reading.h"

namespace racemate::regimen {

namespace {

constexpr double kHoursPerDay = 24;
constexpr std::int64_t kDaysPerWeek = 7;

const std::vector<std::string>& weekday_names() {
  static const std::vector<std::string> names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return names;
}

// "HH:MM"; nullopt when it is no time of day.
std::optional<Duration> parse_time_of_day(const std::string& text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return std::nullopt;
  }
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return Duration::from_minutes(hours * 60 + minutes);
}

void read_weekdays(TableReader& table, Phase& phase) {
  const std::vector<std::string>& names = weekday_names();
  for (const std::string& text : table.optional_strings("weekdays")) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
      table.problem("weekdays", ErrorCode::kUnknownName, fmt::format("'{}' is not a day of the week", text),
                    fmt::format("{}", fmt::join(names, ", ")), suggest_name(text, names));
      continue;
    }
    const int day = static_cast<int>(found - names.begin());
    if (std::find(phase.weekdays.begin(), phase.weekdays.end(), day) != phase.weekdays.end()) {
      table.problem("weekdays", ErrorCode::kInconsistent, fmt::format("'{}' is named twice", text), "each day once");
      continue;
    }
    phase.weekdays.push_back(day);
  }
  std::sort(phase.weekdays.begin(), phase.weekdays.end());
}

void read_every(TableReader& table, Phase& phase) {
  const double longest_h = static_cast<double>(kMaxWeek * kDaysPerWeek) * kHoursPerDay;
  const std::optional<double> every_h = table.optional_quantity("every", dimensions::kTime, {0, longest_h});
  if (!every_h) {
    return;
  }
  const double days = *every_h / kHoursPerDay;
  if (days < 1e-9) {
    table.problem("every", ErrorCode::kOutOfRange, "a calendar that repeats after no time never ends",
                  "a whole number of days, at least \"1 d\"");
  } else if (std::abs(days - std::round(days)) > 1e-9) {
    table.problem("every", ErrorCode::kOutOfRange, fmt::format("{:.6g} days is not a whole number of days", days),
                  "a whole number of days, as in \"14 d\"; use `units` and `every` of the dose within a session");
  } else {
    phase.every_days = std::llround(days);
  }
}

// weeks = [first, last], or from_week = first.
void read_weeks(TableReader& table, Phase& phase) {
  const NumberRange allowed{1, static_cast<double>(kMaxWeek)};
  if (const std::optional<std::int64_t> from = table.optional_integer("from_week", allowed)) {
    phase.first_week = *from;
  }
  const Node* weeks = table.node("weeks");
  if (weeks == nullptr) {
    return;
  }
  if (table.has("from_week")) {
    table.problem("from_week", ErrorCode::kInconsistent, "both `weeks` and `from_week` are given",
                  "`weeks` = [first, last], or `from_week` for a phase without an end");
    return;
  }
  const NodeArray* pair = weeks->as_array();
  if (pair == nullptr || pair->items.size() != 2 || pair->items[0].as_integer() == nullptr ||
      pair->items[1].as_integer() == nullptr) {
    table.problem("weeks", ErrorCode::kWrongType, "`weeks` is not a first and a last week", "as in weeks = [1, 4]");
    return;
  }
  const std::int64_t first = *pair->items[0].as_integer();
  const std::int64_t last = *pair->items[1].as_integer();
  if (first < 1 || last < 1 || first > kMaxWeek || last > kMaxWeek) {
    table.problem("weeks", ErrorCode::kOutOfRange, fmt::format("weeks {} to {}", first, last),
                  fmt::format("weeks from 1 to {}", kMaxWeek));
  } else if (first > last) {
    table.problem("weeks", ErrorCode::kInconsistent, "the last week comes before the first",
                  fmt::format("weeks = [{}, {}]", last, first));
  } else {
    phase.first_week = first;
    phase.last_week = last;
  }
}

void read_dose_name(TableReader& table, Phase& phase, const std::vector<SessionDose>& doses) {
  const std::optional<std::string> name = table.optional_string("dose");
  if (doses.empty()) {
    return;  // reported where the doses were read
  }
  std::vector<std::string> names;
  names.reserve(doses.size());
  for (const SessionDose& dose : doses) {
    names.push_back(dose.name);
  }
  if (!name) {
    if (doses.size() > 1) {
      table.problem("dose", ErrorCode::kMissingField, "which of the dose rules this phase follows is not said",
                    "`dose`", fmt::format("known: {}", fmt::join(names, ", ")));
    }
    return;
  }
  const auto found = std::find(names.begin(), names.end(), *name);
  if (found == names.end()) {
    table.problem("dose", ErrorCode::kUnknownName, fmt::format("no dose rule is called '{}'", *name),
                  "the NAME of a table [doses.NAME]", suggest_name(*name, names));
    return;
  }
  phase.dose = static_cast<std::size_t>(found - names.begin());
}

// Reads the calendar fields that [schedule] and [[phase]] share.
Phase read_phase(TableReader& table, const std::vector<SessionDose>& doses, const ReadingContext& context) {
  Phase phase;
  phase.where = table.where();
  phase.provenance = provenance_of(table, context);
  const std::size_t problems_before = context.diagnostics->size();
  read_weekdays(table, phase);
  read_every(table, phase);
  read_weeks(table, phase);
  phase.every_weeks = table.optional_integer("every_weeks", {1, static_cast<double>(kMaxWeek)}).value_or(1);
  if (table.has("sessions")) {
    const double most = static_cast<double>(kMaxWeek * kDaysPerWeek);
    phase.sessions_limit = table.optional_integer("sessions", {1, most}).value_or(0);
  }
  read_dose_name(table, phase, doses);
  if (table.has("weekdays") && table.has("every")) {
    table.problem("every", ErrorCode::kInconsistent, "both `weekdays` and `every` are given", "one of the two");
  } else if (!table.has("weekdays") && !table.has("every")) {
    table.problem("weekdays", ErrorCode::kMissingField, "a calendar without days never starts",
                  R"(`weekdays`, as in ["Sat"], or `every`, as in "14 d")");
  } else if (table.has("weekdays") && phase.weekdays.empty() && context.diagnostics->size() == problems_before) {
    table.problem("weekdays", ErrorCode::kOutOfRange, "a calendar without days never starts",
                  "at least one day of the week");
  }
  if (table.has("every_weeks") && !table.has("weekdays")) {
    table.problem("every_weeks", ErrorCode::kInconsistent, "`every_weeks` goes with `weekdays`",
                  "`weekdays` beside it, or `every` alone");
  }
  return phase;
}

std::vector<Phase> read_phases(const std::vector<const Node*>& nodes, const std::vector<SessionDose>& doses,
                               const ReadingContext& context) {
  std::vector<Phase> phases;
  for (const Node* node : nodes) {
    const std::size_t number = phases.size() + 1;
    TableReader table(*node, fmt::format("phase {}", number), *context.diagnostics);
    if (node->as_table() == nullptr) {
      continue;
    }
    const std::string name = table.optional_string("name").value_or(fmt::format("phase {}", number));
    phases.push_back(read_phase(table, doses, context));
    phases.back().name = name;
    table.finish();
  }
  return phases;
}

}  // namespace

Schedule read_schedule(TableReader& root, const std::vector<SessionDose>& doses, const ReadingContext& context) {
  Schedule schedule;
  const Node* node = root.optional_table("schedule");
  const std::vector<const Node*> phase_nodes = root.optional_tables("phase");
  if (phase_nodes.size() > kMaxPhases) {
    root.problem("phase", ErrorCode::kOutOfRange, fmt::format("{} phases", phase_nodes.size()),
                 fmt::format("at most {}", kMaxPhases));
    return schedule;
  }
  if (node != nullptr && node->as_table() != nullptr) {
    TableReader table(*node, "schedule", *context.diagnostics);
    if (const std::optional<std::string> text = table.optional_string("start_time")) {
      const std::optional<Duration> start = parse_time_of_day(*text);
      if (!start) {
        table.problem("start_time", ErrorCode::kOutOfRange, fmt::format("'{}' is not a time of day", *text),
                      R"("HH:MM" from "00:00" to "23:59")");
      }
      schedule.session_start = start.value_or(Duration());
    }
    if (phase_nodes.empty()) {
      schedule.phases.push_back(read_phase(table, doses, context));
      schedule.phases.back().name = "schedule";
    }
    table.finish();
  } else if (!root.has("schedule") && phase_nodes.empty()) {
    root.problem("schedule", ErrorCode::kMissingField, "the pattern has no calendar",
                 "a table [schedule] with `weekdays` or `every`, or tables [[phase]]");
  }
  if (!phase_nodes.empty()) {
    schedule.phases = read_phases(phase_nodes, doses, context);
  }
  return schedule;
}

}  // namespace racemate::regimen
