#include "racemate/bench/peers.h"

#include <algorithm>

#include "racemate/bench/equations.h"

namespace racemate::bench {
namespace {

template <class Model>
std::vector<std::string> names_of() {
  return {Model::kParameters.begin(), Model::kParameters.end()};
}

}  // namespace

std::vector<std::string> parameter_names(Equations equations) {
  switch (equations) {
    case Equations::kThreeCompartments:
      return names_of<ThreeCompartments>();
    case Equations::kSaturable:
      return names_of<Saturable>();
    case Equations::kMetabolites:
      return names_of<Metabolites>();
    case Equations::kNone:
      break;
  }
  return {};
}

std::size_t output_count(Equations equations) {
  switch (equations) {
    case Equations::kThreeCompartments:
      return ThreeCompartments::kOutputs;
    case Equations::kSaturable:
      return Saturable::kOutputs;
    case Equations::kMetabolites:
      return Metabolites::kOutputs;
    case Equations::kNone:
      break;
  }
  return 0;
}

std::size_t PeerProblem::people() const {
  const std::size_t names = parameter_names(equations).size();
  return names == 0 ? 0 : parameters.size() / names;
}

std::vector<Stretch> stretches_of(const PeerProblem& problem) {
  std::vector<double> ends;
  for (const Infusion& infusion : problem.infusions) {
    ends.push_back(infusion.start_h);
    ends.push_back(infusion.end_h);
  }
  const double last_h = problem.times_h.empty() ? 0 : problem.times_h.back();
  ends.push_back(last_h);
  std::sort(ends.begin(), ends.end());
  std::vector<Stretch> stretches;
  double from_h = 0;
  std::size_t row = 0;
  while (row < problem.times_h.size() && problem.times_h[row] <= 0) ++row;
  std::size_t infusion = 0;
  for (const double end_h : ends) {
    if (end_h <= from_h || end_h > last_h) continue;
    while (infusion < problem.infusions.size() && problem.infusions[infusion].end_h <= from_h) ++infusion;
    Stretch stretch{.from_h = from_h, .to_h = end_h, .first_row = row};
    if (infusion < problem.infusions.size() && problem.infusions[infusion].start_h <= from_h) {
      stretch.input_mg_per_h = problem.infusions[infusion].rate_mg_per_h;
    }
    for (; row < problem.times_h.size() && problem.times_h[row] <= end_h; ++row) ++stretch.rows;
    stretches.push_back(stretch);
    from_h = end_h;
  }
  return stretches;
}

}  // namespace racemate::bench
