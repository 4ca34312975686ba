#include "racemate/report/csv.h"

#include <fmt/format.h>

#include "racemate/report/csv_field.h"
#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::Metric;
using study::PatternResult;

constexpr const char* kConcentrationUnit = "ng/mL";
constexpr const char* kAucUnit = "ng.h/mL";

class Csv {
 public:
  std::string render(const Comparison& comparison) {
    manifest(comparison.manifest);
    out_ += "pattern,metric,unit,basis,statistic,value,note\n";
    for (const PatternResult& pattern : comparison.patterns) {
      pattern_ = pattern.id;
      for (const study::Factor& factor : pattern.factors) {
        line("factor." + factor.key, "", "", "text", "", factor.value + (factor.assumption ? " (assumption)" : ""));
      }
      for (const Metric& metric : pattern.metrics) add(metric);
      sensitivity(pattern);
      model_spread(pattern);
      observations(pattern);
    }
    return std::move(out_);
  }

 private:
  void manifest(const study::Manifest& manifest) {
    comment("racemate comparison, version " + manifest.program_version);
    comment("command: " + manifest.command);
    comment(fmt::format("seed: {}; subjects: {}; studies: {}; days: {}; cohort: {}; simd: {}", manifest.seed,
                        manifest.subjects, manifest.studies, format_exact(manifest.days), manifest.cohort,
                        manifest.simd_tier));
    comment("relative error of quantiles: " + format_exact(manifest.quantile_relative_error));
    for (const std::string& text : manifest.overrides) comment("override: " + text);
    for (const study::ManifestEntry& entry : manifest.inputs) {
      comment(fmt::format("{} {} sha256:{}", entry.kind, entry.id, entry.sha256));
    }
    comment("information, not advice; not a dose recommendation");
  }

  void comment(const std::string& text) { out_ += "# " + clean_text(text) + "\n"; }

  void line(std::string_view metric, std::string_view unit, std::string_view basis, std::string_view statistic,
            std::string_view value, std::string_view note) {
    out_ += fmt::format("{},{},{},{},{},{},{}\n", csv_field(pattern_), csv_field(metric), csv_field(unit),
                        csv_field(basis), csv_field(statistic), value, csv_field(note));
  }

  void number(const Metric& metric, std::string_view statistic, double value) {
    line(metric.key, metric.unit, metric.basis, statistic, format_exact(value), join(metric.notes, "; "));
  }

  void add(const Metric& metric) {
    if (metric.people) {
      number(metric, "people_median", metric.people->median);
      number(metric, "people_p5", metric.people->p5);
      number(metric, "people_p95", metric.people->p95);
      number(metric, "people_mean", metric.people->mean);
    }
    if (metric.typical) number(metric, "typical", *metric.typical);
    if (metric.inputs) {
      number(metric, "inputs_median", metric.inputs->median);
      number(metric, "inputs_p5", metric.inputs->p5);
      number(metric, "inputs_p95", metric.inputs->p95);
    }
    if (!metric.people && !metric.typical) {
      line(metric.key, metric.unit, metric.basis, "not_computed", "", metric.reason);
    } else if (metric.ratio_to_first.value) {
      line(metric.key, "1", metric.basis, "ratio_to_first", format_exact(*metric.ratio_to_first.value), "");
    } else if (!metric.ratio_to_first.reason.empty()) {
      line(metric.key, "1", metric.basis, "ratio_to_first", "", metric.ratio_to_first.reason);
    }
  }

  void sensitivity(const PatternResult& pattern) {
    for (const study::SensitivityRow& row : pattern.sensitivity) {
      const std::string metric = "sensitivity." + row.input;
      const std::string note = fmt::format("{} {}; source: {}", row.input, row.range, row.source);
      line(metric, kAucUnit, pattern.analyte, "auc_per_year_at_low", format_exact(row.auc_at_low), note);
      line(metric, kAucUnit, pattern.analyte, "auc_per_year_at_high", format_exact(row.auc_at_high), note);
      line(metric, kConcentrationUnit, pattern.analyte, "peak_at_low", format_exact(row.peak_at_low), note);
      line(metric, kConcentrationUnit, pattern.analyte, "peak_at_high", format_exact(row.peak_at_high), note);
    }
  }

  void model_spread(const PatternResult& pattern) {
    for (const study::ModelSpreadRow& row : pattern.model_spread) {
      const std::string basis = fmt::format("{} ({})", row.analyte, row.site);
      std::string note = row.used ? "used by the table" : "";
      if (!row.outside_domain.empty()) {
        note += (note.empty() ? "" : "; ") + ("outside domain: " + join(row.outside_domain, "; "));
      }
      const std::string metric = "model." + row.model;
      line(metric + ".peak", kConcentrationUnit, basis, "model", format_exact(row.peak), note);
      line(metric + ".auc_per_session", kAucUnit, basis, "model", format_exact(row.auc_per_session), note);
      line(metric + ".auc_per_year", kAucUnit, basis, "model", format_exact(row.auc_per_year), note);
    }
  }

  void observations(const PatternResult& pattern) {
    for (const study::ObservationRow& row : pattern.observations) {
      const std::string note = fmt::format("{}; source: {} ({})", row.statement, row.source, row.tier);
      line("observation", kConcentrationUnit, pattern.analyte, "observed", format_exact(row.observed), note);
      line("observation", kConcentrationUnit, pattern.analyte, "computed", format_exact(row.computed), note);
    }
  }

  std::string out_;
  std::string pattern_;
};

}  // namespace

std::string render_csv(const Comparison& comparison) { return Csv().render(comparison); }

}  // namespace racemate::report
