#include "racemate/report/comparison_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::Metric;
using study::PatternResult;

// A longer reason for a missing ratio moves to the notes: it would be repeated down the whole column.
constexpr int kLongestReasonInCell = 48;
constexpr double kNanogramsPerMillilitrePerMilligramPerLitre = 1000.0;

// Keys over all patterns, in order of first appearance.
template <class Item>
std::vector<std::string> keys_of(const Comparison& comparison, std::vector<Item> PatternResult::* items) {
  std::vector<std::string> keys;
  for (const PatternResult& pattern : comparison.patterns) {
    for (const Item& item : pattern.*items) {
      if (std::find(keys.begin(), keys.end(), item.key) == keys.end()) keys.push_back(item.key);
    }
  }
  return keys;
}

template <class Item>
const Item* find_key(const std::vector<Item>& items, const std::string& key) {
  for (const Item& item : items) {
    if (item.key == key) return &item;
  }
  return nullptr;
}

// A reason may come with the words that it is printed behind.
std::string without(std::string_view prefix, const std::string& reason) {
  return reason.starts_with(prefix) ? reason.substr(prefix.size()) : reason;
}

std::string main_text(const Metric& metric) {
  if (metric.people) return format_interval(metric.people->median, metric.people->p5, metric.people->p95);
  if (metric.typical) return format_number(*metric.typical) + " (typical person)";
  return metric.reason.empty() ? std::string("not computed")
                               : "not computed: " + without("not computed: ", metric.reason);
}

// Inputs that do not move the number are left out, and so is a typical person who equals the median.
std::string inputs_text(const Metric& metric) {
  const std::string range = metric.inputs ? format_range(metric.inputs->p5, metric.inputs->p95) : std::string{};
  const bool moves = metric.inputs && range != format_number(metric.inputs->p5);
  if (moves && metric.typical && metric.people) {
    return fmt::format("inputs {}, typical\u00a0{}", range, format_number(*metric.typical));
  }
  return moves ? "inputs " + range : std::string{};
}

std::string typical_text(const Metric& metric) {
  if (!metric.typical || !metric.people) return {};
  const std::string typical = format_number(*metric.typical);
  return typical == format_number(metric.people->median) ? std::string{} : "typical person " + typical;
}

std::string ratio_text(const study::Ratio& ratio, std::size_t index, bool computed, Footnotes& footnotes) {
  if (index == 0) return {};
  if (ratio.value) return format_number(*ratio.value) + " × A";
  if (!computed || ratio.reason.empty()) return {};
  const std::string reason = without("no ratio: ", ratio.reason);
  if (display_width(reason) <= kLongestReasonInCell) return "no ratio to A: " + reason;
  return fmt::format("no ratio to A [{}]", footnotes.number("no ratio: " + reason));
}

MetricCell metric_cell(const Metric& metric, std::size_t index, Footnotes& footnotes) {
  MetricCell cell;
  cell.computed = metric.people.has_value() || metric.typical.has_value();
  for (const std::string& note : metric.notes) cell.notes.push_back(footnotes.number(note));
  cell.main = main_text(metric);
  cell.inputs = inputs_text(metric);
  if (cell.inputs.empty()) cell.typical = typical_text(metric);
  cell.ratio = ratio_text(metric.ratio_to_first, index, cell.computed, footnotes);
  cell.has_ratio = index > 0 && metric.ratio_to_first.value.has_value();
  cell.basis = metric.basis;
  return cell;
}

std::string letters_text(const std::vector<std::size_t>& indices, std::size_t patterns) {
  if (indices.size() == patterns && patterns > 1) return "all";
  std::vector<std::string> letters;
  letters.reserve(indices.size());
  for (const std::size_t index : indices) letters.push_back(pattern_letter(index));
  return join(letters, ", ");
}

class StatementCollector {
 public:
  void add(const std::string& text, std::size_t pattern) {
    const auto [position, inserted] = indices_.try_emplace(text, entries_.size());
    if (inserted) entries_.push_back({text, {}});
    std::vector<std::size_t>& patterns = entries_[position->second].patterns;
    if (patterns.empty() || patterns.back() != pattern) patterns.push_back(pattern);
  }
  [[nodiscard]] std::vector<SharedStatement> statements(std::size_t pattern_count) const {
    std::vector<SharedStatement> result;
    result.reserve(entries_.size());
    for (const Entry& entry : entries_) result.push_back({entry.text, letters_text(entry.patterns, pattern_count)});
    return result;
  }

 private:
  struct Entry {
    std::string text;
    std::vector<std::size_t> patterns;
  };
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> indices_;
};

std::vector<std::size_t> patterns_where(const Comparison& comparison,
                                        const std::function<bool(const PatternResult&)>& condition) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
    if (condition(comparison.patterns[i])) indices.push_back(i);
  }
  return indices;
}

bool has(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool rests_on(const PatternResult& pattern, const std::string& key) {
  return has(pattern.sources, key) || has(pattern.model.sources, key);
}

}  // namespace

std::string pattern_letter(std::size_t index) {
  std::string letters;
  for (std::size_t rest = index + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return letters;
}

std::string analyte_label(const std::string& analyte, const std::string& matrix, const std::string& site) {
  if (site.empty() || site == "unstated") return fmt::format("{}, {} (site not stated)", analyte, matrix);
  if (site == "mixed") return fmt::format("{}, arterial and venous {} pooled", analyte, matrix);
  return fmt::format("{}, {} {}", analyte, site, matrix);
}

std::string analyte_label(const PatternResult& pattern) {
  return analyte_label(pattern.analyte, pattern.matrix, pattern.site);
}

double level_ng_per_ml(const evidence::Level& level) {
  return level.concentration_mg_per_l * kNanogramsPerMillilitrePerMilligramPerLitre;
}

std::string level_label(const evidence::Level& level) {
  std::string text = fmt::format("{} ng/mL: {}", format_number(level_ng_per_ml(level)), level.title);
  if (level.high_mg_per_l > 0) {
    text += fmt::format(" (interval {} to {})",
                        format_number(level.low_mg_per_l * kNanogramsPerMillilitrePerMilligramPerLitre),
                        format_number(level.high_mg_per_l * kNanogramsPerMillilitrePerMilligramPerLitre));
  }
  return text + "; " +
         analyte_label(level.analyte, std::string(to_string(level.matrix)), std::string(to_string(level.site)));
}

std::size_t Footnotes::number(const std::string& text) {
  const auto [position, inserted] = numbers_.try_emplace(text, texts_.size() + 1);
  if (inserted) texts_.push_back(text);
  return position->second;
}

std::string shared_basis(const MetricRow& row, std::size_t first, std::size_t last) {
  std::string shared;
  for (std::size_t i = first; i < last; ++i) {
    const std::string& basis = row.cells[i].basis;
    if (basis.empty()) continue;
    if (!shared.empty() && shared != basis) return {};
    shared = basis;
  }
  return shared;
}

std::vector<FactorRow> factor_rows(const Comparison& comparison) {
  std::vector<FactorRow> rows;
  for (const std::string& key : keys_of(comparison, &PatternResult::factors)) {
    FactorRow row;
    for (const PatternResult& pattern : comparison.patterns) {
      const study::Factor* factor = find_key(pattern.factors, key);
      if (factor != nullptr && row.title.empty()) row.title = factor->title;
      row.values.push_back(factor == nullptr || factor->value.empty() ? std::string(kNoValue) : factor->value);
      row.assumptions.push_back(factor != nullptr && factor->assumption);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<MetricRow> metric_rows(const Comparison& comparison, Footnotes& footnotes) {
  std::vector<MetricRow> rows;
  for (const std::string& key : keys_of(comparison, &PatternResult::metrics)) {
    MetricRow row;
    row.key = key;
    for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
      const Metric* metric = find_key(comparison.patterns[i].metrics, key);
      if (metric == nullptr) {
        MetricCell absent;
        absent.main = kNoValue;
        row.cells.push_back(std::move(absent));
        continue;
      }
      if (row.title.empty()) {
        row.title = metric->title;
        row.unit = display_unit(metric->unit);
      }
      row.cells.push_back(metric_cell(*metric, i, footnotes));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<SharedStatement> shared_assumptions(const Comparison& comparison) {
  StatementCollector collector;
  for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
    const PatternResult& pattern = comparison.patterns[i];
    for (const std::string& text : pattern.assumptions) collector.add(text, i);
    for (const std::string& text : pattern.model.assumptions) collector.add(text, i);
  }
  return collector.statements(comparison.patterns.size());
}

std::vector<SharedStatement> shared_domain_warnings(const Comparison& comparison) {
  StatementCollector collector;
  for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
    for (const std::string& text : comparison.patterns[i].model.outside_domain) collector.add(text, i);
  }
  return collector.statements(comparison.patterns.size());
}

std::vector<SharedModel> shared_models(const Comparison& comparison) {
  std::vector<SharedModel> models;
  for (const PatternResult& pattern : comparison.patterns) {
    const auto same = [&](const PatternResult& other) { return other.model.id == pattern.model.id; };
    const std::vector<std::size_t> users = patterns_where(comparison, same);
    if (&comparison.patterns[users.front()] != &pattern) continue;
    models.push_back({&pattern.model, letters_text(users, comparison.patterns.size())});
  }
  return models;
}

std::vector<SharedCitation> shared_citations(const Comparison& comparison) {
  std::vector<SharedCitation> result;
  for (const evidence::Citation& citation : comparison.citations) {
    const auto users =
        patterns_where(comparison, [&](const PatternResult& pattern) { return rests_on(pattern, citation.key); });
    result.push_back({&citation, letters_text(users, comparison.patterns.size())});
  }
  return result;
}

std::string horizon_text(double days) {
  const double weeks = days / 7.0;
  const std::string text = format_number(days) + (days == 1 ? " day" : " days");
  return weeks >= 1 && weeks == std::floor(weeks) ? fmt::format("{} ({} weeks)", text, format_number(weeks)) : text;
}

std::string sessions_text(const PatternResult& pattern) {
  std::string text = count_of(pattern.sessions, "session");
  if (pattern.administrations != pattern.sessions) {
    text += ", " + count_of(pattern.administrations, "administration");
  }
  return text;
}

}  // namespace racemate::report
