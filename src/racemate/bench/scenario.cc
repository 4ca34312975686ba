#include "racemate/bench/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "racemate/study/library.h"

namespace racemate::bench {
namespace {

constexpr double kLargestDose_mg = 10'000;
constexpr double kLongestTime_h = 24.0 * 3'650;

std::string in_folder(const std::string& folder, const std::string& name) {
  return study::is_path(name) && name.front() != '/' ? folder + "/" + name : name;
}

std::uint64_t read_count(TableReader& table, std::string_view key, std::uint64_t low, std::uint64_t absent) {
  const NumberRange range{static_cast<double>(low), static_cast<double>(kMostBenchmarkPeople)};
  const std::optional<std::int64_t> value = table.optional_integer(key, range);
  return value ? static_cast<std::uint64_t>(*value) : absent;
}

Duration read_duration(TableReader& table, std::string_view key, bool required) {
  const NumberRange range{0, kLongestTime_h};
  if (required) return Duration::from_hours(table.required_quantity(key, dimensions::kTime, range));
  return Duration::from_hours(table.optional_quantity(key, dimensions::kTime, range).value_or(0));
}

Case read_case(const Node& node, const std::string& folder, Diagnostics& diagnostics) {
  TableReader table(node, "case", diagnostics);
  Case read;
  read.model = in_folder(folder, table.required_string("model"));
  read.title = table.required_string("title");
  read.route = table.required_string("route");
  read.amount_mg = table.required_quantity("amount", dimensions::kDrugMass, {0, kLargestDose_mg, true});
  read.duration = read_duration(table, "duration", false);
  table.finish();
  return read;
}

void read_doses(TableReader& root, Scenario& scenario, Diagnostics& diagnostics) {
  const Node* node = root.optional_table("doses");
  if (node == nullptr) return;
  TableReader table(*node, "doses", diagnostics);
  scenario.doses =
      table.optional_integer("count", {1, static_cast<double>(kMostBenchmarkDoses)}).value_or(scenario.doses);
  scenario.every = read_duration(table, "every", true);
  table.finish();
}

// From hour 0 to `end`, or for `after_each_dose` from every dose on, every `step`.
void read_times(TableReader& root, Scenario& scenario, Diagnostics& diagnostics) {
  const Node* node = root.optional_table("times");
  if (node == nullptr) {
    root.problem("times", ErrorCode::kMissingField, "a table needs times", "[times] with step and end");
    return;
  }
  TableReader table(*node, "times", diagnostics);
  const double step_h = table.required_quantity("step", dimensions::kTime, {1e-6, kLongestTime_h});
  const bool courses = table.has("after_each_dose");
  const double length_h =
      table.required_quantity(courses ? "after_each_dose" : "end", dimensions::kTime, {0, kLongestTime_h});
  table.finish();
  if (!diagnostics.empty()) return;
  const auto steps = static_cast<std::int64_t>(std::floor(length_h / step_h + 1e-9));
  const std::int64_t courses_count = courses ? scenario.doses : 1;
  if (static_cast<std::size_t>((steps + 1) * courses_count) > kMostBenchmarkTimes) {
    root.problem("times", ErrorCode::kOutOfRange, "these are too many times",
                 fmt::format("at most {}", kMostBenchmarkTimes));
    return;
  }
  for (std::int64_t course = 0; course < courses_count; ++course) {
    for (std::int64_t i = 0; i <= steps; ++i) {
      scenario.times.push_back(scenario.every * course + Duration::from_hours(static_cast<double>(i) * step_h));
    }
  }
  if (!std::is_sorted(scenario.times.begin(), scenario.times.end(), std::less_equal<>())) {
    root.problem("times", ErrorCode::kInconsistent, "times after one dose reach the next dose",
                 "a shorter after_each_dose");
  }
}

void read_peers(TableReader& root, Scenario& scenario, Diagnostics& diagnostics) {
  const std::string equations =
      root.optional_choice("equations", {"none", "three-compartments", "saturable", "metabolites"}, "none");
  scenario.equations = equations == "three-compartments" ? Equations::kThreeCompartments
                       : equations == "saturable"        ? Equations::kSaturable
                       : equations == "metabolites"      ? Equations::kMetabolites
                                                         : Equations::kNone;
  const Node* node = root.optional_table("peers");
  if (node == nullptr) return;
  TableReader table(*node, "peers", diagnostics);
  for (const std::string& name : peer_names()) {
    if (const std::uint64_t people = read_count(table, name, 1, 0); people > 0) scenario.peers[name] = people;
  }
  table.finish();
  if (scenario.equations == Equations::kNone) {
    root.problem("peers", ErrorCode::kInconsistent, "peers need the equations of the model",
                 R"(equations = "three-compartments", "saturable" or "metabolites")");
  }
}

void read_tolerances(TableReader& root, Scenario& scenario, Diagnostics& diagnostics) {
  const Node* node = root.optional_table("tolerances");
  if (node == nullptr) return;
  TableReader table(*node, "tolerances", diagnostics);
  scenario.relative_tolerance = table.required_number("relative", {1e-12, 1e-2});
  scenario.absolute_tolerance = table.required_number("absolute", {1e-16, 1});
  table.finish();
}

}  // namespace

const std::vector<std::string>& peer_names() {
  static const std::vector<std::string> kNames{"odeint", "cvode", "mrgsolve", "rxode2", "desolve"};
  return kNames;
}

Result<Scenario> parse_scenario(const Document& document, const std::string& folder) {
  Diagnostics diagnostics;
  TableReader root(document.root, "benchmark", diagnostics);
  Scenario scenario;
  root.required_choice("schema", {"racemate-benchmark/1"});
  scenario.id = root.required_string("id");
  scenario.title = root.required_string("title");
  const std::string measure = root.required_choice("measure", {"table", "uncertainty", "exposure"});
  scenario.subjects = read_count(root, "subjects", 1, 1);
  scenario.quick_subjects = read_count(root, "quick_subjects", 1, std::min<std::uint64_t>(scenario.subjects, 64));
  if (measure == "table") {
    for (const Node* node : root.optional_tables("cases")) {
      scenario.cases.push_back(read_case(*node, folder, diagnostics));
    }
    if (scenario.cases.empty()) root.problem("cases", ErrorCode::kMissingField, "a table needs a model", "[[cases]]");
    scenario.checked_people = read_count(root, "checked_people", 1, scenario.checked_people);
    read_doses(root, scenario, diagnostics);
    read_times(root, scenario, diagnostics);
    read_peers(root, scenario, diagnostics);
    read_tolerances(root, scenario, diagnostics);
  } else {
    scenario.measure = measure == "uncertainty" ? Measure::kUncertainty : Measure::kExposure;
    scenario.pattern = in_folder(folder, root.required_string("pattern"));
    if (scenario.measure == Measure::kUncertainty) {
      scenario.model = in_folder(folder, root.required_string("model"));
      scenario.studies = read_count(root, "studies", 1, 1);
      scenario.quick_studies = read_count(root, "quick_studies", 1, std::min<std::uint64_t>(scenario.studies, 4));
      read_times(root, scenario, diagnostics);
    } else {
      scenario.days = root.required_number("days", {1, 3'650});
    }
  }
  root.finish();
  if (!diagnostics.empty()) return fail(std::move(diagnostics));
  return scenario;
}

Result<Scenario> load_scenario(const std::string& path) {
  const Result<Document> document = read_document(path);
  if (!document) return fail(document.error());
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return parse_scenario(*document, folder.empty() ? "." : folder);
}

Result<std::vector<Scenario>> load_scenarios(const std::string& data_folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder + "/bench", error)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  }
  if (error) {
    return fail({ErrorCode::kFileUnreadable,
                 {.file = data_folder + "/bench"},
                 error.message(),
                 "a folder of benchmark scenarios",
                 {}});
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Scenario> scenarios;
  Diagnostics diagnostics;
  for (const std::string& path : paths) {
    Result<Scenario> scenario = load_scenario(path);
    if (scenario) {
      scenarios.push_back(std::move(*scenario));
    } else {
      diagnostics.insert(diagnostics.end(), scenario.error().begin(), scenario.error().end());
    }
  }
  if (!diagnostics.empty()) return fail(std::move(diagnostics));
  return scenarios;
}

Result<std::vector<Scenario>> find_scenarios(const std::string& data_folder, const std::vector<std::string>& names) {
  Result<std::vector<Scenario>> bundled = load_scenarios(data_folder);
  if (!bundled || names.empty()) return bundled;
  std::vector<std::string> ids;
  for (const Scenario& scenario : *bundled) ids.push_back(scenario.id);
  std::vector<Scenario> found;
  Diagnostics diagnostics;
  for (const std::string& name : names) {
    if (study::is_path(name)) {
      Result<Scenario> scenario = load_scenario(name);
      if (scenario) {
        found.push_back(std::move(*scenario));
      } else {
        diagnostics.insert(diagnostics.end(), scenario.error().begin(), scenario.error().end());
      }
      continue;
    }
    const auto at = std::find(ids.begin(), ids.end(), name);
    if (at == ids.end()) {
      diagnostics.push_back({ErrorCode::kUnknownName,
                             {},
                             fmt::format("there is no benchmark '{}'", name),
                             fmt::format("one of {}", fmt::join(ids, ", ")),
                             suggest_name(name, ids)});
    } else {
      found.push_back((*bundled)[static_cast<std::size_t>(at - ids.begin())]);
    }
  }
  if (!diagnostics.empty()) return fail(std::move(diagnostics));
  return found;
}

}  // namespace racemate::bench
