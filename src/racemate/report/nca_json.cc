#include <optional>
#include <string>

#include "racemate/report/json_value.h"
#include "racemate/report/nca_report.h"

namespace racemate::report {
namespace {

using exposure::BlqRules;
using exposure::NcaInterval;
using exposure::NcaNote;
using exposure::NcaOptions;
using exposure::NcaQuantity;
using exposure::NcaResult;
using exposure::NcaRoute;
using exposure::NcaStatistics;
using exposure::NcaSummary;

Json optional_number(const std::optional<double>& value) { return value ? json_number(*value) : Json(nullptr); }
Json optional_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
template <class Word>
Json word(Word value) {
  return std::string(to_string(value));
}

Json interval_json(const NcaInterval& interval) {
  return {{"from", json_number(interval.from)}, {"to", json_number(interval.to)}};
}

Json options_json(const NcaOptions& options) {
  const BlqRules& blq = options.blq;
  return {{"method", word(options.method)},
          {"below_quantification",
           {{"before_first", word(blq.before_first)},
            {"between", word(blq.between)},
            {"after_last", word(blq.after_last)}}},
          {"terminal_window", options.terminal_window ? interval_json(*options.terminal_window) : Json(nullptr)},
          {"intervals", json_list(options.intervals, interval_json)},
          {"tau", optional_number(options.tau)},
          {"steady_state", options.steady_state}};
}

Json profile_json(const NcaResult& result, const exposure::NcaUnits& units) {
  Json quantities = Json::object();
  for (const NcaQuantity& quantity : result.quantities) {
    quantities[quantity.key] = {{"name", quantity.name},
                                {"value", optional_number(quantity.value)},
                                {"unit", quantity.unit.code},
                                {"reason", optional_text(quantity.reason)}};
  }
  const bool infused = result.route == NcaRoute::kInfusion;
  return {{"id", result.subject.id},
          {"study", optional_text(result.subject.study)},
          {"replicate", optional_text(result.subject.replicate)},
          {"output", result.output},
          {"route", word(result.route)},
          {"infusion_duration", infused ? json_quantity(result.infusion_duration, units.time.code) : Json(nullptr)},
          {"dose", result.dose ? json_quantity(*result.dose, units.dose.code) : Json(nullptr)},
          {"quantities", quantities},
          {"flags", json_list(result.notes, [](const NcaNote& note) {
             return Json{{"flag", word(note.flag)}, {"warning", is_warning(note.flag)}, {"text", note.text}};
           })}};
}

Json summary_json(const NcaSummary& summary) {
  Json quantities = Json::object();
  for (const NcaStatistics& statistics : summary.quantities) {
    quantities[statistics.key] = {{"name", statistics.name},
                                  {"unit", statistics.unit.code},
                                  {"n", statistics.count},
                                  {"absent", statistics.absent},
                                  {"geometric_mean", optional_number(statistics.geometric_mean)},
                                  {"geometric_cv_percent", optional_number(statistics.geometric_cv_percent)},
                                  {"median", optional_number(statistics.median)},
                                  {"low", optional_number(statistics.low)},
                                  {"high", optional_number(statistics.high)}};
  }
  return {{"output", summary.output},
          {"route", word(summary.route)},
          {"profiles", summary.profiles},
          {"quantities", quantities}};
}

}  // namespace

std::string render_nca_json(const NcaReport& report) {
  return json_text(
      {{"schema", "racemate-nca/1"},
       {"version", RACEMATE_VERSION},
       {"file", report.file},
       {"units",
        {{"time", report.units.time.code},
         {"concentration", report.units.concentration.code},
         {"dose", report.units.dose.code}}},
       {"options", options_json(report.options)},
       {"profiles",
        json_list(report.results, [&report](const NcaResult& result) { return profile_json(result, report.units); })},
       {"summaries", json_list(report.summaries, summary_json)}});
}

}  // namespace racemate::report
