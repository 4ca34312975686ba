#include "racemate/model/covariance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace racemate::model {
namespace {

// A covariance whose effects were found.
struct Link {
  std::size_t a = 0;
  std::size_t b = 0;
  const DescribedCovariance* described = nullptr;
};

std::optional<std::size_t> find_effect(std::span<const RandomEffect> effects, const std::string& parameter,
                                       expr::Level level) {
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (effects[i].parameter == parameter && effects[i].level == level) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<Link> find_links(std::span<const RandomEffect> effects, std::span<const DescribedCovariance> covariances,
                             Diagnostics& diagnostics) {
  std::vector<Link> links;
  for (const DescribedCovariance& covariance : covariances) {
    std::size_t found[2] = {0, 0};
    bool complete = true;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string& parameter = covariance.parameters[i];
      const std::optional<std::size_t> effect = find_effect(effects, parameter, covariance.level);
      if (!effect) {
        std::vector<std::string> names;
        for (const RandomEffect& candidate : effects) {
          if (candidate.level == covariance.level) {
            names.push_back(candidate.parameter);
          }
        }
        diagnostics.push_back({ErrorCode::kUnknownName, covariance.where,
                               fmt::format("'{}' has no variability of that level", parameter),
                               "a parameter with between_people (or between_occasions, for level = \"occasions\")",
                               suggest_name(parameter, names)});
      }
      complete = complete && effect.has_value();
      found[i] = effect.value_or(0);
    }
    if (!complete) {
      continue;
    }
    const Link link{std::min(found[0], found[1]), std::max(found[0], found[1]), &covariance};
    if (std::any_of(links.begin(), links.end(),
                    [&](const Link& other) { return other.a == link.a && other.b == link.b; })) {
      diagnostics.push_back({ErrorCode::kInconsistent, covariance.where,
                             fmt::format("the covariance of {} and {} is given twice", covariance.parameters[0],
                                         covariance.parameters[1]),
                             "", ""});
    } else {
      links.push_back(link);
    }
  }
  return links;
}

// The members of the connected group of `first`, ascending.
std::vector<std::size_t> connected(std::size_t first, const std::vector<Link>& links) {
  std::vector<std::size_t> members{first};
  const auto add = [&](std::size_t effect) {
    if (std::find(members.begin(), members.end(), effect) == members.end()) {
      members.push_back(effect);
    }
  };
  std::size_t visited = 0;
  while (visited < members.size()) {  // grows while it is walked
    const std::size_t member = members[visited];
    ++visited;
    for (const Link& link : links) {
      if (link.a == member) {
        add(link.b);
      }
      if (link.b == member) {
        add(link.a);
      }
    }
  }
  std::sort(members.begin(), members.end());
  return members;
}

}  // namespace

std::optional<std::vector<double>> cholesky(std::span<const double> matrix, std::size_t size) {
  std::vector<double> lower(size * size, 0.0);
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double rest = matrix[row * size + column];
      for (std::size_t k = 0; k < column; ++k) {
        rest -= lower[row * size + k] * lower[column * size + k];
      }
      if (row == column) {
        if (!(rest > 0)) {
          return std::nullopt;
        }
        lower[row * size + row] = std::sqrt(rest);
      } else {
        lower[row * size + column] = rest / lower[column * size + column];
      }
    }
  }
  return lower;
}

std::vector<EffectBlock> make_blocks(std::span<const RandomEffect> effects,
                                     std::span<const DescribedCovariance> covariances, Diagnostics& diagnostics) {
  const std::vector<Link> links = find_links(effects, covariances, diagnostics);
  std::vector<EffectBlock> blocks;
  for (std::size_t effect = 0; effect < effects.size(); ++effect) {
    const std::vector<std::size_t> members = connected(effect, links);
    if (members.size() < 2 || members.front() != effect) {
      continue;  // varies alone, or belongs to a block that is made already
    }
    const std::size_t size = members.size();
    std::vector<double> matrix(size * size, 0.0);
    const auto position = [&](std::size_t member) {
      return static_cast<std::size_t>(std::find(members.begin(), members.end(), member) - members.begin());
    };
    for (std::size_t i = 0; i < size; ++i) {
      matrix[i * size + i] = effects[members[i]].omega2;
    }
    const DescribedCovariance* last = nullptr;
    for (const Link& link : links) {
      if (std::find(members.begin(), members.end(), link.a) == members.end()) {
        continue;
      }
      matrix[position(link.a) * size + position(link.b)] = link.described->covariance;
      matrix[position(link.b) * size + position(link.a)] = link.described->covariance;
      last = link.described;
    }
    std::optional<std::vector<double>> lower = cholesky(matrix, size);
    if (!lower) {
      diagnostics.push_back(
          {ErrorCode::kInconsistent, last->where,
           fmt::format("the covariance matrix that {} belongs to is not positive definite", last->parameters[0]),
           "covariances smaller than the variances allow: cov^2 < omega2 x omega2", ""});
      continue;
    }
    blocks.push_back({members, std::move(*lower)});
  }
  return blocks;
}

}  // namespace racemate::model
