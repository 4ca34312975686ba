#include "racemate/report/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "racemate/report/comparison_view.h"
#include "racemate/report/number.h"
#include "racemate/report/table.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::PatternResult;

constexpr int kNarrowestPatternColumn = 22;
constexpr int kWidestPatternColumn = 38;

std::string marks(const std::vector<std::size_t>& notes) {
  std::string text;
  for (const std::size_t note : notes) text += fmt::format(" [{}]", note);
  return text;
}

class Terminal {
 public:
  Terminal(const Comparison& comparison, const TerminalStyle& style) : comparison_(comparison), page_(style) {}

  std::string render() {
    title();
    patterns();
    main_table();
    notes();
    sensitivity();
    model_spread();
    observations();
    assumptions();
    models();
    sources();
    manifest();
    return page_.take();
  }

 private:
  void title() {
    page_.title("Racemate: patterns of ketamine use, exposure side by side");
    page_.item(
        "", fmt::format("{} per pattern over {}. Cohort: {}.", count_of(comparison_.manifest.subjects, "virtual adult"),
                        horizon_text(comparison_.manifest.days), comparison_.cohort_title));
  }

  void patterns() {
    page_.heading("Patterns");
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      const PatternResult& pattern = comparison_.patterns[i];
      page_.item(pattern_letter(i),
                 fmt::format("{} ({}; {})", pattern.title, pattern.id, pattern.clinical ? "clinical" : "non-medical"));
      if (!pattern.summary.empty()) page_.item("", pattern.summary, 2);
    }
    page_.heading("How to read the numbers");
    page_.item("-", kPeopleGuide);
    page_.item("-", kInputsGuide);
    page_.item("-", kRatioGuide);
    page_.item("-", "[1]: see the notes below the table; * marks a fact that is our assumption.");
  }

  void main_table() {
    const std::vector<FactorRow> factors = factor_rows(comparison_);
    const std::vector<MetricRow> metrics = metric_rows(comparison_, footnotes_);
    const std::size_t count = comparison_.patterns.size();
    if (count == 0) return;
    const int title_width = page_.width() < 100 ? 19 : 26;
    const int room = page_.width() - frame_width(1) - title_width;
    const auto most = static_cast<std::size_t>(std::max(1, room / (kNarrowestPatternColumn + 3)));
    const std::size_t groups = (count + most - 1) / most;
    const std::size_t per_group = (count + groups - 1) / groups;
    const int column_width = std::min(kWidestPatternColumn, room / static_cast<int>(per_group) - 3);
    for (std::size_t first = 0; first < count; first += per_group) {
      const std::size_t last = std::min(count, first + per_group);
      page_.empty_line();
      main_table_group(factors, metrics, first, last, title_width, column_width);
    }
  }

  void main_table_group(const std::vector<FactorRow>& factors, const std::vector<MetricRow>& metrics, std::size_t first,
                        std::size_t last, int title_width, int column_width) {
    TextTable table;
    table.rule_between_rows = true;
    table.columns.push_back({.width = title_width});
    table.header.emplace_back();
    for (std::size_t i = first; i < last; ++i) {
      table.columns.push_back({.width = column_width});
      table.header.push_back(
          {{fmt::format("{}  {}", pattern_letter(i), comparison_.patterns[i].title), TextStyle::kStrong}});
    }
    table.rows.push_back({.cells = {{{"How it is used", TextStyle::kStrong}}}, .section = true});
    for (const FactorRow& row : factors) {
      TextTable::Row cells{.cells = {{{row.title}}}};
      for (std::size_t i = first; i < last; ++i) {
        cells.cells.push_back({{row.values[i] + (row.assumptions[i] ? " *" : "")}});
      }
      table.rows.push_back(std::move(cells));
    }
    table.rows.push_back({.cells = {{{"What the body sees", TextStyle::kStrong}}}, .section = true});
    for (const MetricRow& row : metrics) {
      const std::string shared = shared_basis(row, first, last);
      TextTable::Row cells{.cells = {title_cell(row, shared)}};
      for (std::size_t i = first; i < last; ++i) cells.cells.push_back(metric_cell(row.cells[i], shared.empty()));
      table.rows.push_back(std::move(cells));
    }
    page_.fixed_table(table);
  }

  static Cell title_cell(const MetricRow& row, const std::string& shared) {
    Cell cell{{row.title + (row.unit.empty() ? "" : ", " + row.unit)}};
    if (!shared.empty()) cell.push_back({shared, TextStyle::kDim});
    return cell;
  }

  static Cell metric_cell(const MetricCell& metric, bool with_basis) {
    Cell cell{{metric.main + marks(metric.notes), metric.computed ? TextStyle::kStrong : TextStyle::kWarning}};
    if (!metric.inputs.empty()) cell.push_back({metric.inputs});
    if (!metric.typical.empty()) cell.push_back({metric.typical});
    if (!metric.ratio.empty()) cell.push_back({metric.ratio, metric.has_ratio ? TextStyle::kPlain : TextStyle::kDim});
    if (with_basis && !metric.basis.empty()) cell.push_back({metric.basis, TextStyle::kDim});
    return cell;
  }

  void notes() {
    if (!footnotes_.texts().empty()) page_.heading("Notes to the table");
    for (std::size_t i = 0; i < footnotes_.texts().size(); ++i) {
      page_.item(fmt::format("[{}]", i + 1), footnotes_.texts()[i]);
    }
    if (!comparison_.levels.empty()) page_.heading("Levels");
    for (const evidence::Level& level : comparison_.levels) page_.item("-", level_label(level));
    if (!comparison_.notes.empty()) page_.heading("Remarks");
    for (const std::string& note : comparison_.notes) page_.item("-", note);
  }

  void sensitivity() {
    TextTable table;
    table.columns = {{}, {}, {}, {.right_aligned = true}, {.right_aligned = true}, {}};
    table.header = {{{""}}, {{"input"}}, {{"range"}}, {{"peak, ng/mL"}}, {{"AUC a year, ng·h/mL"}}, {{"source"}}};
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      for (const study::SensitivityRow& row : comparison_.patterns[i].sensitivity) {
        table.rows.push_back({.cells = {{{pattern_letter(i)}},
                                        {{row.input}},
                                        {{row.range}},
                                        {{arrow(row.peak_at_low, row.peak_at_high)}},
                                        {{arrow(row.auc_at_low, row.auc_at_high)}},
                                        {{row.source, TextStyle::kDim}}}});
      }
    }
    if (table.rows.empty()) return;
    page_.heading("What we do not know: one input at a time, from the low to the high end of its range");
    page_.table(std::move(table));
    page_.remark("Typical person, everything else at its central value.");
  }

  static std::string arrow(double low, double high) { return format_number(low) + " → " + format_number(high); }

  void model_spread() {
    TextTable table;
    table.columns = {{}, {}, {}, {.right_aligned = true}, {.right_aligned = true}, {.right_aligned = true}, {}};
    table.header = {{{""}},
                    {{"model"}},
                    {{"of"}},
                    {{"peak, ng/mL"}},
                    {{"AUC per session, ng·h/mL"}},
                    {{"AUC a year, ng·h/mL"}},
                    {{"outside the model's domain"}}};
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      for (const study::ModelSpreadRow& row : comparison_.patterns[i].model_spread) {
        const std::string outside = row.outside_domain.empty() ? std::string(kNoValue) : join(row.outside_domain, "; ");
        table.rows.push_back(
            {.cells = {{{pattern_letter(i)}},
                       {{row.model + (row.used ? " (used)" : ""), row.used ? TextStyle::kStrong : TextStyle::kPlain}},
                       {{fmt::format("{}, {}", row.analyte, row.site)}},
                       {{format_number(row.peak)}},
                       {{format_number(row.auc_per_session)}},
                       {{format_number(row.auc_per_year)}},
                       {{outside, row.outside_domain.empty() ? TextStyle::kDim : TextStyle::kWarning}}}});
      }
    }
    if (table.rows.empty()) return;
    page_.heading("What we do not know: the choice of model");
    page_.table(std::move(table));
    page_.remark(
        "Typical person, inputs at their central values. Rows of different analytes or sites are not comparable.");
  }

  void observations() {
    TextTable table;
    table.columns = {{}, {}, {.right_aligned = true}, {.right_aligned = true}, {}};
    table.header = {{{""}}, {{"published"}}, {{"observed, ng/mL"}}, {{"computed, ng/mL"}}, {{"source"}}};
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      for (const study::ObservationRow& row : comparison_.patterns[i].observations) {
        table.rows.push_back({.cells = {{{pattern_letter(i)}},
                                        {{row.statement}},
                                        {{format_number(row.observed)}},
                                        {{format_number(row.computed)}},
                                        {{fmt::format("{} ({})", row.source, row.tier), TextStyle::kDim}}}});
      }
    }
    if (table.rows.empty()) return;
    page_.heading("Held against published observations (computed: typical person)");
    page_.table(std::move(table));
  }

  void assumptions() {
    const std::vector<SharedStatement> statements = shared_assumptions(comparison_);
    if (statements.empty() && comparison_.cohort_assumptions.empty()) return;
    page_.heading("Assumptions, and the patterns that use them");
    for (const std::string& text : comparison_.cohort_assumptions) page_.item("- all (cohort):", text);
    for (const SharedStatement& statement : statements) {
      page_.item(fmt::format("- {}:", statement.patterns), statement.text);
    }
  }

  void models() {
    page_.heading("Models");
    for (const SharedModel& shared : shared_models(comparison_)) {
      const study::ModelUse& model = *shared.model;
      page_.item(fmt::format("- {}:", shared.patterns),
                 fmt::format("{} ({}); {}, tier {}; sources: {}", model.title, model.id, model.kind, model.tier,
                             model.sources.empty() ? std::string(kNoValue) : join(model.sources, ", ")));
      for (const std::string& defect : model.defects) page_.warning("  known defect:", defect);
    }
    for (const SharedStatement& statement : shared_domain_warnings(comparison_)) {
      page_.warning(fmt::format("! {}: outside the model's domain:", statement.patterns), statement.text);
    }
  }

  void sources() {
    if (comparison_.citations.empty()) return;
    page_.heading("Sources");
    for (const SharedCitation& shared : shared_citations(comparison_)) {
      const evidence::Citation& citation = *shared.citation;
      std::string text = citation.text;
      if (!citation.doi.empty()) text += " doi:" + citation.doi;
      if (citation.doi.empty() && !citation.url.empty()) text += " " + citation.url;
      if (!citation.read_as.empty()) text += fmt::format(" (read: {})", citation.read_as);
      if (!shared.patterns.empty()) text += fmt::format(" [{}]", shared.patterns);
      page_.item(fmt::format("- {}:", citation.key), text);
    }
  }

  void manifest() {
    const study::Manifest& manifest = comparison_.manifest;
    page_.heading("To repeat this run");
    page_.item("", manifest.command, 2);
    page_.item("",
               fmt::format("racemate {}, seed {}, {}, {} of the uncertain inputs, {}; percentiles within {} % of the "
                           "value.",
                           manifest.program_version, manifest.seed, count_of(manifest.subjects, "subject"),
                           count_of(manifest.studies, "draw"), manifest.simd_tier,
                           format_exact(100 * manifest.quantile_relative_error)));
    for (const std::string& text : manifest.overrides) page_.item("-", text);
    page_.empty_line();
    page_.remark(kDisclaimer);
  }

  const Comparison& comparison_;
  TextPage page_;
  Footnotes footnotes_;
};

}  // namespace

std::string render_terminal(const Comparison& comparison, const TerminalStyle& style) {
  return Terminal(comparison, style).render();
}

}  // namespace racemate::report
