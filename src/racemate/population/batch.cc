#include "racemate/population/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/core/check.h"
#include "racemate/core/random.h"

namespace racemate::population {

namespace {

// One administration's draw is told apart from another dose rule's by this many input numbers (see DrawPurpose).
constexpr std::uint64_t kInputsPerAdministration = regimen::kMaxDoses;
// A typical 70 kg adult, for a dose by weight under a cohort and a model that do not know weight.
constexpr double kReferenceWeight_kg = 70;

std::size_t padded(std::size_t people) {
  return (people + expr::kLaneMultiple - 1) / expr::kLaneMultiple * expr::kLaneMultiple;
}

// exp(s z - s^2/2) with s^2 = ln(1 + cv^2): log-normal with mean one and the coefficient of variation cv.
class MeanOneFactor {
 public:
  explicit MeanOneFactor(double cv) : variance_(std::log1p(cv * cv)), deviation_(std::sqrt(variance_)) {}
  [[nodiscard]] bool varies() const { return variance_ > 0; }
  // One for each subject; identity.subject is not used.
  void draw(const DrawIdentity& identity, std::span<const std::uint64_t> subjects, std::span<double> factors) const {
    normal_draws(identity, subjects, factors);
    for (double& factor : factors) factor = std::exp(deviation_ * factor - 0.5 * variance_);
  }

 private:
  double variance_;
  double deviation_;
};

std::string qualified_name(const DrawContext& context, const StudyInput& input) {
  switch (input.owner) {
    case StudyInput::Owner::kModelParameter:
      return fmt::format("model/{}/{}", context.model->id, input.name);
    case StudyInput::Owner::kPatternPurity:
      return fmt::format("pattern/{}/purity", context.pattern->id);
    case StudyInput::Owner::kPatternDose:
      return fmt::format("pattern/{}/dose/{}", context.pattern->id, input.name);
  }
  RACEMATE_CHECK(false, "an input has an owner");
}

double drawn_input(const DrawContext& context, const StudyInput& input, std::uint64_t study) {
  const DrawIdentity identity{.seed = context.seed,
                              .study = study,
                              .purpose = DrawPurpose::kStudyInput,
                              .index = name_hash(qualified_name(context, input).c_str())};
  return evidence::quantile(input.range, input.central, uniform_draw(identity));
}

bool has_effects(const model::CompiledModel& model, expr::Level level) {
  return std::any_of(model.effects.begin(), model.effects.end(),
                     [level](const model::RandomEffect& effect) { return effect.level == level; });
}

bool same_inputs(const LaneIdentity& a, const LaneIdentity& b) {
  return a.study == b.study && a.overridden_input == b.overridden_input && a.override_value == b.override_value;
}

}  // namespace

std::vector<StudyInput> study_inputs(const model::CompiledModel& model, const regimen::Pattern& pattern) {
  std::vector<StudyInput> inputs;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const model::Parameter& parameter = model.parameters[i];
    if (parameter.between_study) {
      inputs.push_back(
          {StudyInput::Owner::kModelParameter, i, parameter.name, parameter.value, *parameter.between_study});
    }
  }
  if (pattern.purity.range) {
    inputs.push_back(
        {StudyInput::Owner::kPatternPurity, 0, pattern.purity.name, pattern.purity.value, *pattern.purity.range});
  }
  for (std::size_t i = 0; i < pattern.doses.size(); ++i) {
    const regimen::UncertainQuantity& amount = pattern.doses[i].amount;
    if (amount.range) {
      inputs.push_back({StudyInput::Owner::kPatternDose, i, amount.name, amount.value, *amount.range});
    }
  }
  return inputs;
}

Batch::Batch(const DrawContext& context, std::span<const LaneIdentity> lanes)
    : context_(&context),
      identities_(lanes.begin(), lanes.end()),
      people_(lanes.size()),
      frame_(context.model->program.slots, padded(lanes.size())),
      has_occasion_effects_(has_effects(*context.model, expr::Level::kOccasion)) {
  RACEMATE_CHECK(!lanes.empty(), "a batch has people");
  RACEMATE_CHECK(context.pattern->doses.size() <= kInputsPerAdministration, "the doses of a pattern are told apart");
  identities_.resize(frame_.lanes(), identities_.back());
  subjects_.reserve(identities_.size());
  for (std::size_t lane = 0; lane < identities_.size(); ++lane) {
    subjects_.push_back(identities_[lane].subject.value_or(0));
    if (!identities_[lane].subject) typical_lanes_.push_back(lane);
  }
  factors_.resize(frame_.lanes());
  amounts_mg_.resize(frame_.lanes());
  purity_.resize(frame_.lanes());
  weight_kg_.resize(frame_.lanes());
  session_base_mg_.resize(frame_.lanes());
  occasion_amount_mg_.resize(frame_.lanes());
  person_amount_mg_.resize(context.pattern->doses.size() * frame_.lanes());

  const expr::Program& program = context.model->program;
  const auto dose_level = static_cast<std::size_t>(expr::Level::kDose);
  has_dose_level_ = program.level_begin[dose_level] < program.level_begin[dose_level + 1];
  set_parameters();
  set_covariates();
  draw_effects(expr::Level::kSubject, 0);
  set_doses();
  expr::evaluate(program, frame_, expr::Level::kConstant, expr::Level::kOccasion);
}

// The value that a study input has in a lane; `central` when it is not one of the uncertain inputs.
double Batch::input_value(std::size_t lane, StudyInput::Owner owner, std::size_t index, double central) const {
  const LaneIdentity& identity = identities_[lane];
  for (std::size_t i = 0; i < context_->inputs.size(); ++i) {
    const StudyInput& input = context_->inputs[i];
    if (input.owner != owner || input.index != index) {
      continue;
    }
    if (identity.overridden_input == i) {
      return identity.override_value;
    }
    return identity.study ? drawn_input(*context_, input, *identity.study) : central;
  }
  return central;
}

void Batch::set_input(StudyInput::Owner owner, std::size_t index, double central, double* values) const {
  if (context_->inputs.empty()) {
    std::fill_n(values, lanes(), central);
    return;
  }
  for (std::size_t lane = 0; lane < lanes(); ++lane) {
    // Most batches hold many people of one study; their inputs are the same draw.
    const bool repeats = lane > 0 && same_inputs(identities_[lane], identities_[lane - 1]);
    values[lane] = repeats ? values[lane - 1] : input_value(lane, owner, index, central);
  }
}

void Batch::set_parameters() {
  for (std::size_t i = 0; i < context_->model->parameters.size(); ++i) {
    const model::Parameter& parameter = context_->model->parameters[i];
    if (parameter.theta_slot == model::kNoSlot) {
      continue;
    }
    if (!parameter.between_study) {
      frame_.fill(parameter.theta_slot, parameter.value);
      continue;
    }
    set_input(StudyInput::Owner::kModelParameter, i, parameter.value, frame_.slot(parameter.theta_slot));
  }
}

void Batch::set_covariates() {
  const Cohort& cohort = *context_->cohort;
  const auto value_of = [&](const CovariateDistribution& covariate, std::size_t lane) {
    const std::optional<std::uint64_t>& subject = identities_[lane].subject;
    if (!subject) {
      return typical(covariate);
    }
    const auto number = static_cast<std::uint64_t>(&covariate - cohort.covariates.data());
    return quantile(
        covariate,
        uniform_draw(
            {.seed = context_->seed, .subject = *subject, .purpose = DrawPurpose::kCovariate, .index = number}));
  };
  double model_weight_kg = kReferenceWeight_kg;
  for (const model::Covariate& covariate : context_->model->covariates) {
    if (covariate.name == "weight") {
      model_weight_kg = covariate.reference;
    }
    const CovariateDistribution* distribution = cohort.find(covariate.name);
    if (distribution == nullptr) {
      frame_.fill(covariate.slot, covariate.reference);
      continue;
    }
    double* values = frame_.slot(covariate.slot);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      values[lane] = value_of(*distribution, lane);
    }
  }
  const CovariateDistribution* weight = cohort.find("weight");
  for (std::size_t lane = 0; lane < lanes(); ++lane) {
    weight_kg_[lane] = weight != nullptr ? value_of(*weight, lane) : model_weight_kg;
  }
}

// eta = L z for the blocks, sqrt(omega2) z for effects that vary alone; index of a draw is the number of the effect.
void Batch::draw_effects(expr::Level level, std::uint64_t occasion) {
  const model::CompiledModel& model = *context_->model;
  const DrawPurpose purpose =
      level == expr::Level::kSubject ? DrawPurpose::kBetweenSubject : DrawPurpose::kBetweenOccasion;
  for (std::size_t effect = 0; effect < model.effects.size(); ++effect) {
    if (model.effects[effect].level != level) {
      continue;
    }
    const double deviation = std::sqrt(model.effects[effect].omega2);
    double* eta = frame_.slot(model.effects[effect].eta_slot);
    normal_draws({context_->seed, 0, 0, occasion, purpose, effect}, subjects_, {eta, lanes()});
    for (const std::size_t lane : typical_lanes_) eta[lane] = 0.0;
    const bool in_block = std::any_of(model.blocks.begin(), model.blocks.end(), [&](const model::EffectBlock& block) {
      return std::find(block.effects.begin(), block.effects.end(), effect) != block.effects.end();
    });
    if (!in_block) {
      std::for_each(eta, eta + lanes(), [&](double& value) { value *= deviation; });
    }
  }
  for (const model::EffectBlock& block : model.blocks) {
    const std::size_t size = block.effects.size();
    if (size == 0 || model.effects[block.effects[0]].level != level) {
      continue;
    }
    // Rows from the last to the first, so that a row still finds the independent normals of the rows above it.
    for (std::size_t row = size; row-- > 0;) {
      double* result = frame_.slot(model.effects[block.effects[row]].eta_slot);
      for (std::size_t lane = 0; lane < lanes(); ++lane) {
        double sum = 0;
        for (std::size_t column = 0; column <= row; ++column) {
          sum += block.cholesky[row * size + column] * frame_.slot(model.effects[block.effects[column]].eta_slot)[lane];
        }
        result[lane] = sum;
      }
    }
  }
}

// What a person takes at one time on average: the study's value, by weight where it goes by weight, and the habit of
// the person.
void Batch::set_doses() {
  const regimen::Pattern& pattern = *context_->pattern;
  set_input(StudyInput::Owner::kPatternPurity, 0, pattern.purity.value, purity_.data());
  for (std::size_t dose = 0; dose < pattern.doses.size(); ++dose) {
    const regimen::SessionDose& rule = pattern.doses[dose];
    double* amounts = person_amount_mg_.data() + dose * lanes();
    set_input(StudyInput::Owner::kPatternDose, dose, rule.amount.value, amounts);
    if (rule.kind == regimen::DoseKind::kMilligramsPerKilogram) {
      for (std::size_t lane = 0; lane < lanes(); ++lane) amounts[lane] *= weight_kg_[lane];
    }
    vary(rule.amount.cv_between_people, {context_->seed, 0, 0, 0, DrawPurpose::kDoseOfPerson, dose}, amounts);
  }
}

// Multiplies the amounts by factors of mean one, drawn for each subject; the typical person has none.
void Batch::vary(double cv, const DrawIdentity& identity, double* amounts) {
  const MeanOneFactor factor(cv);
  if (!factor.varies()) return;
  factor.draw(identity, subjects_, factors_);
  for (const std::size_t lane : typical_lanes_) factors_[lane] = 1.0;
  for (std::size_t lane = 0; lane < lanes(); ++lane) amounts[lane] *= factors_[lane];
}

void Batch::enter_occasion(std::uint32_t session) {
  if (!has_occasion_effects_) {
    return;
  }
  draw_effects(expr::Level::kOccasion, session);
  expr::evaluate(context_->model->program, frame_, expr::Level::kOccasion, expr::Level::kOccasion);
}

void Batch::enter_dose_occasion(std::uint32_t session, std::uint32_t dose) {
  std::copy_n(person_amount_mg_.data() + dose * lanes(), lanes(), occasion_amount_mg_.data());
  vary(context_->pattern->doses[dose].amount.cv_between_occasions,
       {context_->seed, 0, 0, session, DrawPurpose::kDoseOfOccasion, dose}, occasion_amount_mg_.data());
  running_session_ = session;
  running_dose_ = dose;
}

void Batch::administer(const regimen::Administration& administration, std::span<double> nominal_mg,
                       std::span<double> base_mg) {
  RACEMATE_CHECK(nominal_mg.size() == base_mg.size(), "both amounts are wanted for the same lanes");
  RACEMATE_CHECK(nominal_mg.size() == people_ || nominal_mg.size() == lanes(), "one amount for each person or lane");
  const regimen::Pattern& pattern = *context_->pattern;
  const regimen::SessionDose& rule = pattern.doses[administration.dose];
  if (running_session_ != administration.session || administration.number == 1) {
    std::fill(session_base_mg_.begin(), session_base_mg_.end(), 0.0);
    running_session_.reset();
  }
  if (running_session_ != administration.session || running_dose_ != administration.dose) {
    enter_dose_occasion(administration.session, administration.dose);
  }
  const double base_per_product = pattern.form == regimen::Form::kHydrochloride ? regimen::kBasePerHydrochloride : 1;
  const std::uint64_t draw = administration.number * kInputsPerAdministration + administration.dose;
  const std::size_t wanted = nominal_mg.size();
  const model::CompiledModel& model = *context_->model;
  double* amount_slot = model.dose_amount_slot == model::kNoSlot ? nullptr : frame_.slot(model.dose_amount_slot);
  double* total_slot = model.session_amount_slot == model::kNoSlot ? nullptr : frame_.slot(model.session_amount_slot);
  std::copy(occasion_amount_mg_.begin(), occasion_amount_mg_.end(), amounts_mg_.begin());
  vary(rule.amount.cv_between_doses, {context_->seed, 0, 0, administration.session, DrawPurpose::kDoseOfDose, draw},
       amounts_mg_.data());
  for (std::size_t lane = 0; lane < lanes(); ++lane) {
    double nominal = amounts_mg_[lane];
    if (rule.cap_mg) {
      nominal = std::min(nominal, *rule.cap_mg);
    }
    const double base = nominal * base_per_product * purity_[lane];
    session_base_mg_[lane] += base;
    if (lane < wanted) {
      nominal_mg[lane] = nominal;
      base_mg[lane] = base;
    }
    if (amount_slot != nullptr) {
      amount_slot[lane] = base;
    }
    if (total_slot != nullptr) {
      total_slot[lane] = session_base_mg_[lane];
    }
  }
  if (model.dose_number_slot != model::kNoSlot) {
    frame_.fill(model.dose_number_slot, static_cast<double>(administration.number));
  }
  if (has_dose_level_) {
    expr::evaluate(model.program, frame_, expr::Level::kDose, expr::Level::kDose);
  }
}

}  // namespace racemate::population
