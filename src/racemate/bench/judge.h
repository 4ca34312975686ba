// What the right answer is, slowly: the exact reference for linear models, CVODE at a relative tolerance of 1e-12 on
// hand-written equations for others.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "racemate/bench/peers.h"
#include "racemate/bench/workload.h"
#include "racemate/core/diagnostic.h"

namespace racemate::bench {

// An engine whose answer is off by more than this share of a person's peak gets no time.
inline constexpr double kAllowedError = 1e-5;

// Everything that decides the answer for one person of a linear model.
struct LinearQuestion {
  const model::CompiledModel* model = nullptr;
  const population::DrawContext* context = nullptr;
  const regimen::Timeline* timeline = nullptr;
  population::LaneIdentity who;
};

struct ReferenceAnswer {
  std::vector<double> values;           // [time][output], mg/L
  std::vector<double> area_mg_h_per_l;  // [output], from hour 0 to the horizon
};

// From session to session, each with the rates of its occasion, by exponentials of the full matrix in plain loops
// (engine/reference): nothing is shared with the engine that is judged but the model's numbers. times_h: ascending.
// Precondition: the model is linear.
[[nodiscard]] ReferenceAnswer exact_answer(const LinearQuestion& question, const std::vector<double>& times_h);

// The right values of people of a workload.
class Judge {
 public:
  // people: ascending. Error: a model that is not linear and has no equations, or a solver that gave up.
  [[nodiscard]] static Result<Judge> make(const Workload& workload, Equations equations,
                                          std::vector<std::size_t> people);

  // The largest error of any judged person among the answer's, over that person's and output's peak; infinite where a
  // value is not finite.
  [[nodiscard]] double error_of_peak(const Answer& answer) const;
  [[nodiscard]] const std::vector<std::size_t>& people() const { return people_; }
  [[nodiscard]] std::span<const double> values(std::size_t index) const { return values_[index]; }

 private:
  std::size_t outputs_ = 0;
  std::size_t times_ = 0;
  std::vector<std::size_t> people_;
  std::vector<std::vector<double>> values_;  // per person: [time][output]
};

// At most `most` of [0, people), first and last among them.
[[nodiscard]] std::vector<std::size_t> spread_over(std::size_t people, std::size_t most);

}  // namespace racemate::bench
