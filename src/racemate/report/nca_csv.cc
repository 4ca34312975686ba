#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "racemate/report/csv_field.h"
#include "racemate/report/nca_report.h"
#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using exposure::NcaNote;
using exposure::NcaQuantity;
using exposure::NcaResult;
using exposure::NcaStatistics;
using exposure::NcaSummary;

std::string exact(const std::optional<double>& value) { return value ? format_exact(*value) : std::string{}; }

class Csv {
 public:
  std::string render(const NcaReport& report) {
    out_ = fmt::format("# racemate non-compartmental analysis, version {}\n# file: {}\n# areas: {}\n", RACEMATE_VERSION,
                       clean_text(report.file), to_string(report.options.method));
    out_ += "study,replicate,id,output,route,metric,unit,statistic,value,note\n";
    for (const NcaResult& result : report.results) {
      who_ = fmt::format("{},{},{},{},{}", csv_field(result.subject.study), csv_field(result.subject.replicate),
                         csv_field(result.subject.id), csv_field(result.output), to_string(result.route));
      for (const NcaQuantity& quantity : result.quantities) {
        line(quantity.key, quantity.unit.code, "value", exact(quantity.value), quantity.reason);
      }
      for (const NcaNote& note : result.notes) {
        line(to_string(note.flag), "", "flag", "", note.text);
      }
    }
    for (const NcaSummary& summary : report.summaries) {
      who_ = fmt::format(",,,{},{}", csv_field(summary.output), to_string(summary.route));
      for (const NcaStatistics& statistics : summary.quantities) {
        add(statistics);
      }
    }
    return std::move(out_);
  }

 private:
  void line(std::string_view metric, std::string_view unit, std::string_view statistic, const std::string& value,
            std::string_view note) {
    out_ += fmt::format("{},{},{},{},{},{}\n", who_, metric, csv_field(unit), statistic, value, csv_field(note));
  }

  void add(const NcaStatistics& statistics) {
    line(statistics.key, "1", "n", std::to_string(statistics.count), "");
    const auto number = [&](std::string_view unit, std::string_view statistic, const std::optional<double>& value) {
      if (value) {
        line(statistics.key, unit, statistic, exact(value), "");
      }
    };
    const std::string& unit = statistics.unit.code;
    number(unit, "geometric_mean", statistics.geometric_mean);
    number("%", "geometric_cv_percent", statistics.geometric_cv_percent);
    number(unit, "median", statistics.median);
    number(unit, "low", statistics.low);
    number(unit, "high", statistics.high);
  }

  std::string who_;
  std::string out_;
};

}  // namespace

std::string render_nca_csv(const NcaReport& report) { return Csv().render(report); }

}  // namespace racemate::report
