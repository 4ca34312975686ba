#include "racemate/exposure/nca_summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::exposure {
namespace {

// Precondition: sorted and not empty.
double median_of(const std::vector<double>& values) {
  const std::size_t middle = values.size() / 2;
  // The mean of two finite numbers as a sum of halves, which cannot overflow.
  return values.size() % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
}

// Precondition: sorted, positive, not empty.
void add_logarithms(const std::vector<double>& values, NcaStatistics& statistics) {
  if (values.front() == values.back()) {  // without the rounding of logarithms
    statistics.geometric_mean = values.front();
    if (values.size() > 1) {
      statistics.geometric_cv_percent = 0;
    }
    return;
  }
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) {
    sum += std::log(value);
  }
  const double mean = sum / count;
  statistics.geometric_mean = std::exp(mean);
  double squares = 0;
  for (const double value : values) {
    squares += (std::log(value) - mean) * (std::log(value) - mean);
  }
  const double cv_percent = 100 * std::sqrt(std::expm1(squares / (count - 1)));
  if (std::isfinite(cv_percent)) {
    statistics.geometric_cv_percent = cv_percent;
  }
}

NcaStatistics statistics_of(const std::vector<const NcaResult*>& results, std::size_t at) {
  const NcaQuantity& first = results.front()->quantities[at];
  NcaStatistics statistics{.key = first.key, .name = first.name, .unit = first.unit};
  std::vector<double> values;
  for (const NcaResult* result : results) {
    RACEMATE_CHECK(at < result->quantities.size() && result->quantities[at].key == first.key,
                   "results of one analysis have the same quantities");
    if (const std::optional<double>& value = result->quantities[at].value) {
      values.push_back(*value);
    }
  }
  statistics.count = values.size();
  statistics.absent = results.size() - values.size();
  if (values.empty()) {
    return statistics;
  }
  std::sort(values.begin(), values.end());
  statistics.low = values.front();
  statistics.high = values.back();
  statistics.median = median_of(values);
  if (values.front() > 0) {
    add_logarithms(values, statistics);
  }
  return statistics;
}

struct Group {
  const std::string* output;
  NcaRoute route;
  std::vector<const NcaResult*> results;
};

std::vector<Group> groups_of(const std::vector<NcaResult>& results) {
  std::vector<Group> groups;
  for (const NcaResult& result : results) {
    auto group = std::find_if(groups.begin(), groups.end(), [&result](const Group& candidate) {
      return *candidate.output == result.output && candidate.route == result.route;
    });
    if (group == groups.end()) {
      groups.push_back({.output = &result.output, .route = result.route, .results = {}});
      group = groups.end() - 1;
    }
    group->results.push_back(&result);
  }
  return groups;
}

}  // namespace

std::vector<NcaSummary> summarise(const std::vector<NcaResult>& results) {
  std::vector<NcaSummary> summaries;
  for (const Group& group : groups_of(results)) {
    if (group.results.size() < 2) {
      continue;
    }
    NcaSummary summary{.output = *group.output, .route = group.route, .profiles = group.results.size()};
    for (std::size_t at = 0; at < group.results.front()->quantities.size(); ++at) {
      summary.quantities.push_back(statistics_of(group.results, at));
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace racemate::exposure
