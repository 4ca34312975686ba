// The covariance of a model's estimates: [[estimates]] of the file, read and compiled. Internal to the room.
#pragma once

#include <span>
#include <vector>

#include "racemate/model/description.h"
#include "racemate/model/read_description.h"

namespace racemate::model {

// [[estimates]], each field by itself; names are looked up by make_estimates().
void read_estimates(TableReader& file, const Reading& reading);

// Finds the parameters and factors the matrices. A name that does not exist or has two sources of uncertainty, a value
// that its scale cannot hold, or a matrix that is not positive definite is a problem.
[[nodiscard]] std::vector<EstimateBlock> make_estimates(std::span<const DescribedParameter> parameters,
                                                        std::span<const DescribedEstimates> described,
                                                        Diagnostics& diagnostics);

}  // namespace racemate::model
