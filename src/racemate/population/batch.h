// A block of virtual people, ready for the engine: parameters, random effects, covariates and doses in lanes.
//
// Two kinds of not knowing are drawn apart. People differ (covariates, random effects, dosing habits): drawn per
// subject, occasion or dose. Inputs are uncertain (bioavailability between studies, purity, mg per bump): drawn once
// per study. A lane says which it wants.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/random.h"
#include "racemate/expr/expr.h"
#include "racemate/model/model.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/timeline.h"

namespace racemate::population {

// A study-level input that can be uncertain: a model parameter with a between-study range or a pattern quantity.
struct StudyInput {
  enum class Owner { kModelParameter, kPatternPurity, kPatternDose };
  Owner owner = Owner::kModelParameter;
  std::size_t index = 0;  // parameter or dose index
  std::string name;       // "dose", "purity", "bioavailability"
  double central = 0;
  evidence::InputRange range;
};
// All uncertain inputs of a pattern under a model, in a fixed order.
[[nodiscard]] std::vector<StudyInput> study_inputs(const model::CompiledModel& model, const regimen::Pattern& pattern);

// A person is the same person in every study: draws of people, occasions and doses depend on (seed, subject) alone,
// those of inputs on (seed, study, owner and name of the input) alone. So a lane's numbers depend on its identity, not
// on its place, its batch or its neighbours, and people or inputs can be held while the other is varied.
struct LaneIdentity {
  // nullopt: the typical person (median covariates, no random effects, doses without error).
  std::optional<std::uint64_t> subject;
  // nullopt: every study input at its central value; otherwise drawn for this study.
  std::optional<std::uint64_t> study;
  // One input held at a value of its range (sensitivity); index into study_inputs().
  std::optional<std::size_t> overridden_input;
  double override_value = 0;
};

struct DrawContext {
  const model::CompiledModel* model = nullptr;
  const regimen::Pattern* pattern = nullptr;
  const Cohort* cohort = nullptr;
  std::uint64_t seed = 0;
  std::vector<StudyInput> inputs;  // study_inputs(*model, *pattern)
};

class Batch {
 public:
  // lanes: the identities, padded internally to a multiple of expr::kLaneMultiple with copies of the last.
  Batch(const DrawContext& context, std::span<const LaneIdentity> lanes);

  [[nodiscard]] std::size_t people() const { return people_; }  // real lanes
  [[nodiscard]] std::size_t lanes() const { return frame_.lanes(); }
  [[nodiscard]] expr::Frame& frame() { return frame_; }
  [[nodiscard]] const expr::Frame& frame() const { return frame_; }

  // Draws occasion-level effects for this session and evaluates the occasion level of the program. Only needed when
  // has_occasion_effects(); the constructor has evaluated everything below the dose with occasion effects of 0.
  void enter_occasion(std::uint32_t session);
  [[nodiscard]] bool has_occasion_effects() const { return has_occasion_effects_; }

  // Nominal (product) and base amounts (mg) of one administration, per lane; also sets the dose slots of the frame
  // and evaluates the dose level of the program. Administrations must come in order within a session. The spans hold
  // people() or lanes() values. Does not allocate.
  void administer(const regimen::Administration& administration, std::span<double> nominal_mg,
                  std::span<double> base_mg);

 private:
  double input_value(std::size_t lane, StudyInput::Owner owner, std::size_t index, double central) const;
  void set_input(StudyInput::Owner owner, std::size_t index, double central, double* values) const;
  void vary(double cv, const DrawIdentity& identity, double* amounts);
  void set_parameters();
  void set_covariates();
  void draw_effects(expr::Level level, std::uint64_t occasion);
  void set_doses();
  void enter_dose_occasion(std::uint32_t session, std::uint32_t dose);

  const DrawContext* context_;
  std::vector<LaneIdentity> identities_;
  std::vector<std::uint64_t> subjects_;     // of the identities; 0 for the typical person
  std::vector<std::size_t> typical_lanes_;  // of the typical person
  std::size_t people_;
  expr::Frame frame_;
  bool has_occasion_effects_ = false;
  std::vector<double> purity_;              // [lane]
  std::vector<double> person_amount_mg_;    // [dose][lane]: study value x weight x person factor
  std::vector<double> occasion_amount_mg_;  // [lane]: x factor of the running session
  std::vector<double> weight_kg_;           // [lane]
  std::vector<double> session_base_mg_;     // [lane], running
  std::vector<double> factors_;             // [lane], for draws
  std::vector<double> amounts_mg_;          // [lane], of one administration
  std::optional<std::uint32_t> running_session_;
  std::optional<std::uint32_t> running_dose_;
  bool has_dose_level_ = false;  // the program computes something from the dose
};

}  // namespace racemate::population
