#include "racemate/report/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "racemate/report/comparison_view.h"
#include "racemate/report/html_charts.h"
#include "racemate/report/html_style.h"
#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::PatternResult;

std::string escape(std::string_view text) { return escape_markup(text); }

// An element around text that is escaped here.
std::string element(std::string_view tag, std::string_view css_class, std::string_view text) {
  return fmt::format("<{0} class=\"{1}\">{2}</{0}>", tag, css_class, escape(text));
}

std::string number_cell(double value) {
  return fmt::format("<td class=\"number\">{}</td>", escape(format_number(value)));
}

std::string range_cell(double low, double high) {
  return fmt::format("<td class=\"number\">{} → {}</td>", escape(format_number(low)), escape(format_number(high)));
}

std::string letter_mark(std::size_t index) { return element("span", "letter-mark", pattern_letter(index)); }

std::string link(const std::string& target, const std::string& text) {
  return fmt::format(R"(<a href="{}" rel="noreferrer">{}</a>)", escape(target), escape(text));
}

std::string note_marks(const std::vector<std::size_t>& notes) {
  std::vector<std::string> links;
  links.reserve(notes.size());
  for (const std::size_t note : notes) links.push_back(fmt::format("<a href=\"#note-{0}\">[{0}]</a>", note));
  return links.empty() ? std::string{} : fmt::format("<sup class=\"marks\">{}</sup>", join(links, "&#8239;"));
}

// "253[1] (176–363)": the marks belong to the number, the interval is set apart from it.
std::string value_text(const MetricCell& cell) {
  const std::size_t interval = cell.main.find(" (");
  const std::string marks = note_marks(cell.notes);
  if (interval == std::string::npos) return escape(cell.main) + marks;
  return escape(cell.main.substr(0, interval)) + marks + " " +
         element("span", "interval", cell.main.substr(interval + 1));
}

std::string metric_td(const MetricCell& cell, bool with_basis) {
  std::string out = "<td>";
  if (cell.computed) {
    out += fmt::format("<div class=\"value\">{}</div>", value_text(cell));
  } else {
    out += fmt::format("<div class=\"refused\">{}{}</div>", escape(cell.main), note_marks(cell.notes));
  }
  if (!cell.inputs.empty()) out += element("div", "uncertain", cell.inputs);
  if (!cell.typical.empty()) out += element("div", "typical", cell.typical);
  if (!cell.ratio.empty()) out += element("div", cell.has_ratio ? "ratio" : "none", cell.ratio);
  if (with_basis && !cell.basis.empty()) out += element("div", "basis", cell.basis);
  return out + "</td>";
}

std::string metric_tr(const MetricRow& row) {
  const std::string shared = shared_basis(row, 0, row.cells.size());
  std::string out = "<tr><th scope=\"row\">" + escape(row.title);
  if (!row.unit.empty()) out += element("span", "unit", ", " + row.unit);
  if (!shared.empty()) out += element("div", "basis", shared);
  out += "</th>";
  for (const MetricCell& cell : row.cells) out += metric_td(cell, shared.empty());
  return out + "</tr>\n";
}

std::string factor_tr(const FactorRow& row) {
  std::string out = fmt::format("<tr><th scope=\"row\">{}</th>", escape(row.title));
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    out += fmt::format("<td>{}{}</td>", escape(row.values[i]),
                       row.assumptions[i] ? " <span class=\"assumed\">assumption</span>" : "");
  }
  return out + "</tr>\n";
}

std::string group_tr(const char* title, std::size_t columns) {
  return fmt::format("<tr class=\"group\"><th colspan=\"{}\" scope=\"colgroup\"><span>{}</span></th></tr>\n", columns,
                     title);
}

std::string list_item(const std::string& who, const std::string& text) {
  return fmt::format("<li>{}{}</li>", who.empty() ? "" : element("span", "who", who + ":"), escape(text));
}

std::string table_start(const char* label, const char* caption) {
  return fmt::format(
      "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\"><table><caption><span "
      "class=\"fixed\">{}</span></caption>",
      label, caption);
}

class Page {
 public:
  explicit Page(const Comparison& comparison) : comparison_(comparison) {}

  std::string render() {
    head();
    intro();
    patterns();
    guide();
    main_table();
    notes();
    out_ += render_charts(comparison_);
    sensitivity();
    model_spread();
    observations();
    assumptions();
    models();
    sources();
    manifest();
    out_ += fmt::format("</main><footer><p>{}</p></footer></body></html>\n", escape(kDisclaimer));
    return std::move(out_);
  }

 private:
  void head() {
    out_ +=
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"referrer\" content=\"no-referrer\">"
        "<title>Racemate: patterns of ketamine use, exposure side by side</title>\n<style>";
    out_ += kStyleSheet;
    out_ += "</style></head>\n<body>";
  }

  void intro() {
    out_ += fmt::format(
        "<header><h1>Same molecule, different exposure</h1><p class=\"lead\">{} of ketamine use side by side: {} each, "
        "over {}. Cohort: {}.</p><p class=\"notice\">{}</p><nav aria-label=\"Contents\">",
        count_of(comparison_.patterns.size(), "pattern"), count_of(comparison_.manifest.subjects, "virtual adult"),
        escape(horizon_text(comparison_.manifest.days)), escape(comparison_.cohort_title), escape(kDisclaimer));
    static constexpr std::pair<const char*, const char*> kContents[] = {{"table", "Table"},
                                                                        {"one-session", "One session"},
                                                                        {"first-days", "First days"},
                                                                        {"cumulative", "Adding up"},
                                                                        {"peak-distribution", "How people differ"},
                                                                        {"assumptions", "Assumptions"},
                                                                        {"models", "Models"},
                                                                        {"sources", "Sources"},
                                                                        {"manifest", "Repeat this run"}};
    for (const auto& [id, text] : kContents) out_ += fmt::format("<a href=\"#{}\">{}</a>", id, text);
    out_ += "</nav></header>\n<main>";
  }

  void patterns() {
    out_ += "<section><h2>The patterns</h2><ul class=\"cards\">";
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      const PatternResult& pattern = comparison_.patterns[i];
      out_ += fmt::format(
          "<li style=\"border-color:var(--series-{})\"><h3>{}{}</h3>{}<p>{}</p><p class=\"facts\">{}<br>{}</p></li>",
          i % 8, letter_mark(i), escape(pattern.title),
          pattern.clinical ? element("span", "badge clinical", "clinical")
                           : element("span", "badge non-medical", "non-medical"),
          escape(pattern.summary), escape(sessions_text(pattern)), escape("computed for " + analyte_label(pattern)));
    }
    out_ += "</ul></section>\n";
  }

  void guide() {
    out_ += fmt::format(
        "<section><h2>How to read the numbers</h2><div class=\"guide\"><div class=\"people\"><h3>What varies between "
        "people</h3><p>{}</p></div><div class=\"inputs\"><h3>What we do not know</h3><p>{}</p></div><div><h3>What can "
        "be "
        "compared</h3><p>{} A number reached through an assumption carries a mark like "
        "[1].</p></div></div></section>\n",
        escape(kPeopleGuide), escape(kInputsGuide), escape(kRatioGuide));
  }

  void main_table() {
    const std::vector<FactorRow> factors = factor_rows(comparison_);
    const std::vector<MetricRow> metrics = metric_rows(comparison_, footnotes_);
    const std::size_t columns = comparison_.patterns.size() + 1;
    out_ +=
        "<section id=\"table\"><h2>Side by side</h2><div class=\"scroll\" role=\"region\" aria-label=\"Comparison of "
        "the "
        "patterns\" tabindex=\"0\"><table class=\"main\"><caption><span class=\"fixed\">What differs in use, and the "
        "exposure that comes of "
        "it. Median <span class=\"interval\">(5th–95th percentile over people)</span>; <span "
        "class=\"uncertain\">inputs: range for the typical person</span>; ratio to A.</span></caption>\n<thead><tr><th "
        "scope=\"col\">&nbsp;</th>";
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      out_ += fmt::format("<th scope=\"col\">{}{}</th>", letter_mark(i), escape(comparison_.patterns[i].title));
    }
    out_ += "</tr></thead>\n<tbody>" + group_tr("How it is used", columns);
    for (const FactorRow& row : factors) out_ += factor_tr(row);
    out_ += "</tbody>\n<tbody>" + group_tr("What the body sees", columns);
    for (const MetricRow& row : metrics) out_ += metric_tr(row);
    out_ += "</tbody></table></div>\n";
  }

  void notes() {
    if (!footnotes_.texts().empty()) out_ += "<h3>Notes to the table</h3><ol class=\"notes\">";
    for (std::size_t i = 0; i < footnotes_.texts().size(); ++i) {
      out_ += fmt::format("<li id=\"note-{}\">{}</li>", i + 1, escape(footnotes_.texts()[i]));
    }
    if (!footnotes_.texts().empty()) out_ += "</ol>";
    if (!comparison_.levels.empty()) {
      out_ += "<h3>Levels</h3><ul class=\"list\">";
      for (const evidence::Level& level : comparison_.levels) out_ += list_item("", level_label(level));
      out_ += "</ul>";
    }
    if (!comparison_.notes.empty()) {
      out_ += "<h3>Remarks</h3><ul class=\"list\">";
      for (const std::string& note : comparison_.notes) out_ += list_item("", note);
      out_ += "</ul>";
    }
    out_ += "</section>\n";
  }

  static double typical_auc(const PatternResult& pattern) {
    for (const study::Metric& metric : pattern.metrics) {
      if (metric.id == study::MetricId::kAucPerYear && metric.typical) return *metric.typical;
    }
    return 0;
  }

  void sensitivity() {
    std::string rows;
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      const double central = typical_auc(comparison_.patterns[i]);
      for (const study::SensitivityRow& row : comparison_.patterns[i].sensitivity) {
        rows += fmt::format("<tr><td>{}</td><th scope=\"row\">{}</th><td>{}</td>", letter_mark(i), escape(row.input),
                            escape(row.range));
        rows += range_cell(row.peak_at_low, row.peak_at_high) + range_cell(row.auc_at_low, row.auc_at_high);
        rows += fmt::format("<td>{}</td><td>{}</td></tr>\n",
                            central > 0 ? render_relative_bar(row.auc_at_low / central, row.auc_at_high / central) : "",
                            escape(row.source));
      }
    }
    if (rows.empty()) return;
    out_ +=
        "<section id=\"inputs\"><h2>What we do not know: the inputs</h2>" +
        table_start("Sensitivity to the inputs",
                    "One input at a time, from the low to the high end of its range; typical person, the rest at "
                    "its central value. Bar: AUC as a multiple of the central value, from an eighth to eight times.") +
        "<thead><tr><th scope=\"col\"></th><th scope=\"col\">input</th><th scope=\"col\">range</th><th scope=\"col\" "
        "class=\"number\">peak, ng/mL</th><th scope=\"col\" class=\"number\">AUC a year, ng·h/mL</th><th "
        "scope=\"col\"></th><th scope=\"col\">source</th></tr></thead><tbody>" +
        rows + "</tbody></table></div></section>\n";
  }

  void model_spread() {
    std::string rows;
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      for (const study::ModelSpreadRow& row : comparison_.patterns[i].model_spread) {
        rows +=
            fmt::format("<tr{}><td>{}</td><th scope=\"row\">{}{}</th><td>{}</td>", row.used ? " class=\"used\"" : "",
                        letter_mark(i), escape(row.model), row.used ? " (used in the table)" : "",
                        escape(fmt::format("{} ({})", row.analyte, row.site)));
        rows += number_cell(row.peak) + number_cell(row.auc_per_session) + number_cell(row.auc_per_year);
        rows += fmt::format("<td class=\"defect\">{}</td></tr>\n", escape(join(row.outside_domain, "; ")));
      }
    }
    if (rows.empty()) return;
    out_ += "<section id=\"model-spread\"><h2>What we do not know: the choice of model</h2>" +
            table_start("Spread between models",
                        "The same pattern under every model that can take it; typical person, inputs at their central "
                        "values. Rows of different analytes or sampling sites are not comparable.") +
            "<thead><tr><th scope=\"col\"></th><th scope=\"col\">model</th><th scope=\"col\">of</th><th scope=\"col\" "
            "class=\"number\">peak, ng/mL</th><th scope=\"col\" class=\"number\">AUC per session, ng·h/mL</th><th "
            "scope=\"col\" class=\"number\">AUC a year, ng·h/mL</th><th scope=\"col\">outside the model's "
            "domain</th></tr></thead><tbody>" +
            rows + "</tbody></table></div></section>\n";
  }

  void observations() {
    std::string rows;
    for (std::size_t i = 0; i < comparison_.patterns.size(); ++i) {
      for (const study::ObservationRow& row : comparison_.patterns[i].observations) {
        rows += fmt::format("<tr><td>{}</td><th scope=\"row\">{}</th>", letter_mark(i), escape(row.statement));
        rows += number_cell(row.observed) + number_cell(row.computed);
        rows += fmt::format("<td>{}</td></tr>\n", escape(fmt::format("{} ({})", row.source, row.tier)));
      }
    }
    if (rows.empty()) return;
    out_ += "<section id=\"observations\"><h2>Held against published observations</h2>" +
            table_start("Observed and computed",
                        "Where a measurement of a like dose was found; computed: typical person.") +
            "<thead><tr><th scope=\"col\"></th><th scope=\"col\">published</th><th scope=\"col\" "
            "class=\"number\">observed, "
            "ng/mL</th><th scope=\"col\" class=\"number\">computed, ng/mL</th><th "
            "scope=\"col\">source</th></tr></thead><tbody>" +
            rows + "</tbody></table></div></section>\n";
  }

  void assumptions() {
    out_ += R"(<section id="assumptions"><h2>Assumptions, and the patterns that use them</h2><ul class="list">)";
    for (const std::string& text : comparison_.cohort_assumptions) out_ += list_item("all (cohort)", text);
    for (const SharedStatement& statement : shared_assumptions(comparison_)) {
      out_ += list_item(statement.patterns, statement.text);
    }
    out_ += "</ul></section>\n";
  }

  void models() {
    out_ += R"(<section id="models"><h2>Models</h2><ul class="list">)";
    for (const SharedModel& shared : shared_models(comparison_)) {
      const study::ModelUse& model = *shared.model;
      out_ += fmt::format("<li>{}{} (<code>{}</code>); {}, tier {}; sources: {}",
                          element("span", "who", shared.patterns + ":"), escape(model.title), escape(model.id),
                          escape(model.kind), escape(model.tier),
                          model.sources.empty() ? std::string(kNoValue) : escape(join(model.sources, ", ")));
      for (const std::string& defect : model.defects) out_ += element("div", "defect", "Known defect: " + defect);
      out_ += "</li>";
    }
    out_ += "</ul>";
    const std::vector<SharedStatement> warnings = shared_domain_warnings(comparison_);
    if (!warnings.empty()) out_ += "<h3>Outside the domain of the model</h3><ul class=\"list defect\">";
    for (const SharedStatement& statement : warnings) out_ += list_item(statement.patterns, statement.text);
    if (!warnings.empty()) out_ += "</ul>";
    out_ += "</section>\n";
  }

  void sources() {
    out_ += R"(<section id="sources"><h2>Sources</h2><ul class="list">)";
    for (const SharedCitation& shared : shared_citations(comparison_)) {
      const evidence::Citation& citation = *shared.citation;
      out_ += fmt::format("<li><code>{}</code> {}", escape(citation.key), escape(citation.text));
      if (!citation.doi.empty()) out_ += " " + link(doi_link(citation.doi), "doi:" + citation.doi);
      if (citation.doi.empty() && !citation.url.empty()) {
        out_ += " " + (linkable(citation.url) ? link(citation.url, citation.url) : escape(citation.url));
      }
      if (!citation.read_as.empty()) out_ += escape(fmt::format(" (read: {})", citation.read_as));
      if (!shared.patterns.empty()) out_ += " " + element("span", "who", "[" + shared.patterns + "]");
      out_ += "</li>";
    }
    out_ += "</ul></section>\n";
  }

  void manifest() {
    const study::Manifest& manifest = comparison_.manifest;
    out_ += fmt::format(
        "<section id=\"manifest\"><h2>To repeat this run</h2><pre><code>{}</code></pre><p>Racemate {}, seed {}, {}, {} "
        "of "
        "the uncertain inputs, {}, SIMD tier {}. Medians and percentiles are within {} % of the value.</p>",
        escape(manifest.command), escape(manifest.program_version), manifest.seed,
        count_of(manifest.subjects, "virtual adult"), count_of(manifest.studies, "draw"),
        escape(horizon_text(manifest.days)), escape(manifest.simd_tier),
        escape(format_exact(100 * manifest.quantile_relative_error)));
    if (!manifest.overrides.empty()) out_ += "<ul class=\"list\">";
    for (const std::string& text : manifest.overrides) out_ += list_item("override", text);
    if (!manifest.overrides.empty()) out_ += "</ul>";
    if (!manifest.inputs.empty()) {
      out_ += table_start("Inputs of the run", "The files that this was computed from.");
      out_ +=
          "<thead><tr><th scope=\"col\">kind</th><th scope=\"col\">id</th><th "
          "scope=\"col\">SHA-256</th></tr></thead><tbody>";
      for (const study::ManifestEntry& entry : manifest.inputs) {
        out_ += fmt::format("<tr><td>{}</td><th scope=\"row\">{}</th><td><code>{}</code></td></tr>", escape(entry.kind),
                            escape(entry.id), escape(entry.sha256));
      }
      out_ += "</tbody></table></div>";
    }
    out_ += "</section>\n";
  }

  const Comparison& comparison_;
  Footnotes footnotes_;
  std::string out_;
};

}  // namespace

std::string doi_link(const std::string& doi) {
  static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:()";
  std::string target = "https://doi.org/";
  for (const char character : doi) {
    if (kPlain.find(character) != std::string_view::npos) {
      target += character;
    } else {
      target += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return target;
}

bool linkable(const std::string& url) { return url.starts_with("https://") || url.starts_with("http://"); }

std::string render_html(const Comparison& comparison) { return Page(comparison).render(); }

}  // namespace racemate::report
