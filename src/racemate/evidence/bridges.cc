#include <deque>
#include <set>
#include <tuple>
#include <utility>

#include "racemate/evidence/evidence.h"

namespace racemate::evidence {
namespace {

// What a concentration is of, as a bridge sees it.
struct Measured {
  std::string analyte;
  Matrix matrix = Matrix::kPlasma;
  Site site = Site::kUnstated;
  auto operator<=>(const Measured&) const = default;
};

bool starts_at(const Bridge& bridge, const Measured& measured) {
  return (bridge.from_analyte.empty() || bridge.from_analyte == measured.analyte) &&
         (!bridge.from_site || *bridge.from_site == measured.site) &&
         (!bridge.from_matrix || *bridge.from_matrix == measured.matrix);
}

Measured cross(const Bridge& bridge, Measured measured) {
  if (!bridge.to_analyte.empty()) {
    measured.analyte = bridge.to_analyte;
  }
  measured.site = bridge.to_site.value_or(measured.site);
  measured.matrix = bridge.to_matrix.value_or(measured.matrix);
  return measured;
}

std::string describe(Matrix matrix, Site site) {
  return (site == Site::kUnstated ? std::string("site-unstated") : std::string(to_string(site))) + " " +
         std::string(to_string(matrix));
}

std::string why_none(const std::set<Measured>& reached, const Measured& start, const Measured& goal) {
  for (const Measured& measured : reached) {
    if (measured.analyte == goal.analyte) {
      return "no bridge from " + describe(start.matrix, start.site) + " to " + describe(goal.matrix, goal.site);
    }
  }
  return "no bridge from " + start.analyte + " to " + goal.analyte;
}

}  // namespace

// Breadth first, bridges tried in file order: the first arrival is the shortest chain, and the same one every time.
tl::expected<BridgePath, std::string> find_bridge(const Library& library, const std::string& analyte, Matrix matrix,
                                                  Site site, const Level& level) {
  const Measured start{analyte, matrix, site};
  const Measured goal{level.analyte, level.matrix, level.site};
  std::deque<std::pair<Measured, BridgePath>> frontier{{start, BridgePath{}}};
  std::set<Measured> reached{start};
  while (!frontier.empty()) {
    auto [here, path] = std::move(frontier.front());
    frontier.pop_front();
    if (here == goal) {
      return path;
    }
    for (const Bridge& bridge : library.bridges) {
      if (!starts_at(bridge, here) || !reached.insert(cross(bridge, here)).second) {
        continue;
      }
      BridgePath longer = path;
      longer.steps.push_back(&bridge);
      longer.factor *= bridge.factor;
      frontier.emplace_back(cross(bridge, here), std::move(longer));
    }
  }
  return tl::unexpected(why_none(reached, start, goal));
}

}  // namespace racemate::evidence
