#include "racemate/model/estimates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "racemate/model/covariance.h"

namespace racemate::model {
namespace {

// Covariances are printed with a few digits: both halves of a matrix may differ by their rounding.
constexpr double kAsymmetry = 1e-6;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

EstimateScale parse_scale(const std::string& text) {
  if (text == "logit") return EstimateScale::kLogit;
  return text == "linear" ? EstimateScale::kLinear : EstimateScale::kLog;
}

std::vector<EstimateScale> read_scales(TableReader& table, std::size_t size) {
  const std::vector<std::string> known{"log", "logit", "linear"};
  const std::vector<std::string> names = table.optional_strings("scale");
  std::vector<EstimateScale> scales;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      table.problem("scale", ErrorCode::kUnknownName, fmt::format("'{}' is not a scale of estimates", name),
                    "log, logit or linear", suggest_name(name, known));
    }
    scales.push_back(parse_scale(name));
  }
  if (scales.size() == 1) scales.resize(size, scales.front());
  if (scales.size() != size) {
    table.problem("scale", scales.empty() ? ErrorCode::kMissingField : ErrorCode::kInconsistent,
                  table.what() + " does not say on which scale its numbers are",
                  R"(scale = "log", "logit" or "linear", or one for each parameter)");
    scales.assign(size, EstimateScale::kLog);
  }
  return scales;
}

// Numbers of an array; nullopt (reported) where it is none, of another length, or holds something else.
std::optional<std::vector<double>> numbers_of(TableReader& table, std::string_view key, const Node& node,
                                              std::size_t size) {
  std::vector<double> numbers;
  if (const NodeArray* array = node.as_array()) {
    for (const Node& item : array->items) {
      if (const std::optional<double> number = item.as_number()) numbers.push_back(*number);
    }
    if (numbers.size() == size && array->items.size() == size) return numbers;
  }
  table.problem(key, ErrorCode::kInconsistent, fmt::format("`{}` does not have a number for each parameter", key),
                fmt::format("{} numbers in a row", size));
  return std::nullopt;
}

// A symmetric matrix, row-major.
std::optional<std::vector<double>> read_matrix(TableReader& table, std::string_view key, std::size_t size) {
  const Node* node = table.node(key);
  if (node == nullptr) return std::nullopt;
  const NodeArray* rows = node->as_array();
  if (rows == nullptr || rows->items.size() != size) {
    table.problem(key, ErrorCode::kInconsistent, fmt::format("`{}` does not have a row for each parameter", key),
                  fmt::format("{} rows of {} numbers", size, size));
    return std::nullopt;
  }
  std::vector<double> matrix;
  for (const Node& row : rows->items) {
    const std::optional<std::vector<double>> numbers = numbers_of(table, key, row, size);
    if (!numbers) return std::nullopt;
    matrix.insert(matrix.end(), numbers->begin(), numbers->end());
  }
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column < row; ++column) {
      const double a = matrix[row * size + column];
      const double b = matrix[column * size + row];
      if (std::abs(a - b) > kAsymmetry * std::max(std::abs(a), std::abs(b))) {
        table.problem(key, ErrorCode::kInconsistent,
                      fmt::format("`{}` is not symmetric: {} in row {}, {} in row {}", key, a, row + 1, b, column + 1));
        return std::nullopt;
      }
    }
  }
  return matrix;
}

// From standard errors, and correlations where they are given.
std::optional<std::vector<double>> read_standard_errors(TableReader& table, std::size_t size) {
  const Node* node = table.node("standard_errors");
  if (node == nullptr) {
    table.problem("covariance", ErrorCode::kMissingField, table.what() + " have no covariance",
                  "covariance = [[...], ...], or standard_errors = [...] with or without correlations");
    return std::nullopt;
  }
  const std::optional<std::vector<double>> errors = numbers_of(table, "standard_errors", *node, size);
  const bool correlated = table.has("correlations");
  std::optional<std::vector<double>> matrix = read_matrix(table, "correlations", size);
  if (!errors || (correlated && !matrix)) return std::nullopt;
  if (!matrix) {
    matrix.emplace(size * size, 0.0);
    for (std::size_t i = 0; i < size; ++i) (*matrix)[i * size + i] = 1;
  }
  for (std::size_t row = 0; row < size; ++row) {
    if (!((*errors)[row] > 0)) {
      table.problem("standard_errors", ErrorCode::kOutOfRange, fmt::format("a standard error is {}", (*errors)[row]),
                    "above 0");
    }
    if ((*matrix)[row * size + row] != 1) {
      table.problem("correlations", ErrorCode::kOutOfRange, "a parameter's correlation with itself is not 1",
                    "ones on the diagonal");
    }
    for (std::size_t column = 0; column < size; ++column) {
      (*matrix)[row * size + column] *= (*errors)[row] * (*errors)[column];
    }
  }
  return matrix;
}

// What a draw of this parameter must stay inside, exclusive, beyond what its scale sees to.
std::pair<double, double> bounds_of(const DescribedParameter& described) {
  const Dimension& dimension = described.parameter.dimension;
  const bool physical = dimension == dimensions::kClearance || dimension == dimensions::kRate ||
                        dimension == dimensions::kVolume || dimension == dimensions::kTime;
  double low = physical ? 0 : -kInfinity;
  double high = kInfinity;
  for (const std::optional<RandomEffect>& effect : {described.between_people, described.between_occasions}) {
    if (!effect || effect->scale == EffectScale::kNormal) continue;
    low = 0;
    if (effect->scale == EffectScale::kLogitNormal) high = 1;
  }
  return {low, high};
}

// Units are those of the file: a linear scale is brought to internal ones.
double scale_factor(const Parameter& parameter, EstimateScale scale) {
  if (scale != EstimateScale::kLinear) return 1;
  const std::optional<Unit> unit = parse_unit(parameter.unit_code);
  return unit ? unit->to_internal : 1;
}

class EstimateMaker {
 public:
  EstimateMaker(std::span<const DescribedParameter> parameters, Diagnostics& diagnostics)
      : parameters_(parameters), diagnostics_(diagnostics) {}

  std::optional<EstimateBlock> make(const DescribedEstimates& described) {
    EstimateBlock block;
    block.provenance = described.provenance;
    std::vector<double> factors;
    for (std::size_t i = 0; i < described.parameters.size(); ++i) {
      const std::optional<Estimate> estimate = find(described, i);
      if (!estimate) continue;
      block.estimates.push_back(*estimate);
      factors.push_back(scale_factor(parameters_[estimate->parameter].parameter, estimate->scale));
    }
    const std::size_t size = described.parameters.size();
    if (block.estimates.size() != size || described.covariance.empty()) return std::nullopt;
    std::optional<std::vector<double>> lower = cholesky(described.covariance, size);
    if (!lower) {
      problem(ErrorCode::kInconsistent, described, "the covariance of the estimates is not positive definite",
              "variances above 0, cov^2 < var x var; too few digits of a published matrix can break it");
      return std::nullopt;
    }
    block.cholesky = std::move(*lower);
    for (std::size_t row = 0; row < size; ++row) {
      for (std::size_t column = 0; column < size; ++column) block.cholesky[row * size + column] *= factors[row];
    }
    return block;
  }

 private:
  std::optional<Estimate> find(const DescribedEstimates& described, std::size_t index) {
    const std::string& name = described.parameters[index];
    const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const DescribedParameter& p) { return p.parameter.name == name; });
    if (found == parameters_.end()) {
      std::vector<std::string> names;
      for (const DescribedParameter& p : parameters_) names.push_back(p.parameter.name);
      problem(ErrorCode::kUnknownName, described, fmt::format("there is no parameter '{}'", name),
              "a parameter of the model", suggest_name(name, names));
      return std::nullopt;
    }
    if (!used_.insert(name).second) {
      problem(ErrorCode::kInconsistent, described, fmt::format("the estimate of {} is given twice", name), "once");
      return std::nullopt;
    }
    if (found->parameter.between_study) {
      problem(ErrorCode::kInconsistent, described,
              fmt::format("{} has a range between studies and a covariance of estimates", name), "one of the two");
      return std::nullopt;
    }
    const EstimateScale scale = described.scales[index];
    const double value = found->parameter.value;
    if (scale == EstimateScale::kLog && !(value > 0)) {
      problem(ErrorCode::kInconsistent, described, fmt::format("the estimate of {} is not above 0", name),
              "another scale than log");
      return std::nullopt;
    }
    if (scale == EstimateScale::kLogit && (value <= 0 || value >= 1 || !found->parameter.dimension.dimensionless())) {
      problem(ErrorCode::kInconsistent, described, fmt::format("the estimate of {} is not a share", name),
              "a value without unit, above 0 and below 1, or another scale than logit");
      return std::nullopt;
    }
    const auto [low, high] = bounds_of(*found);
    return Estimate{static_cast<std::size_t>(found - parameters_.begin()), scale, low, high};
  }

  void problem(ErrorCode code, const DescribedEstimates& described, std::string message, std::string expected,
               std::string hint = {}) {
    diagnostics_.push_back({code, described.where, std::move(message), std::move(expected), std::move(hint)});
  }

  std::span<const DescribedParameter> parameters_;
  Diagnostics& diagnostics_;
  std::set<std::string> used_;
};

}  // namespace

void read_estimates(TableReader& file, const Reading& reading) {
  for (const Node* node : file.optional_tables("estimates")) {
    TableReader table(*node, "estimates", *reading.diagnostics);
    DescribedEstimates described;
    described.where = table.where();
    described.parameters = table.optional_strings("parameters");
    const std::size_t size = described.parameters.size();
    if (size == 0 || size > kMaxEstimates) {
      table.problem("parameters", ErrorCode::kMissingField, "estimates name no parameters, or too many",
                    fmt::format(R"(1 to {} names, as in parameters = ["CL", "V1"])", kMaxEstimates));
    }
    described.scales = read_scales(table, size);
    std::optional<std::vector<double>> covariance;
    if (table.has("covariance")) {
      covariance = read_matrix(table, "covariance", size);
      for (const char* other : {"standard_errors", "correlations"}) {
        if (!table.has(other)) continue;
        static_cast<void>(table.node(other));
        table.problem(other, ErrorCode::kInconsistent, fmt::format("`{}` stands beside `covariance`", other),
                      "one of the two");
      }
    } else {
      covariance = read_standard_errors(table, size);
    }
    described.covariance = std::move(covariance).value_or(std::vector<double>{});
    described.provenance = read_checked_provenance(table, reading.description->tier, reading);
    table.finish();
    reading.description->estimates.push_back(std::move(described));
  }
}

std::vector<EstimateBlock> make_estimates(std::span<const DescribedParameter> parameters,
                                          std::span<const DescribedEstimates> described, Diagnostics& diagnostics) {
  EstimateMaker maker(parameters, diagnostics);
  std::vector<EstimateBlock> blocks;
  for (const DescribedEstimates& one : described) {
    if (std::optional<EstimateBlock> block = maker.make(one)) blocks.push_back(std::move(*block));
  }
  return blocks;
}

}  // namespace racemate::model
