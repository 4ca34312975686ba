// Random effects that vary together. Internal to the room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/model/description.h"

namespace racemate::model {

// Lower triangle (row-major, size x size) of the Cholesky factor; nullopt when the matrix is not positive definite.
// The matrix is symmetric, row-major.
[[nodiscard]] std::optional<std::vector<double>> cholesky(std::span<const double> matrix, std::size_t size);

// Blocks of effects that covariances connect. A covariance of an effect that does not exist, given twice, or one that
// makes a block not positive definite, is a problem.
[[nodiscard]] std::vector<EffectBlock> make_blocks(std::span<const RandomEffect> effects,
                                                   std::span<const DescribedCovariance> covariances,
                                                   Diagnostics& diagnostics);

}  // namespace racemate::model
