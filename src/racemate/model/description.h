// What a model file says, read and checked field by field, before anything is compiled.
//
// Internal to the room. The description keeps where each text stands, so that compiling can point into the file.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "racemate/core/document.h"
#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"

namespace racemate::model {

// An expression of the file. where is the position of its first character.
struct ExpressionText {
  std::string text;
  SourcePosition where;
};

struct DescribedParameter {
  Parameter parameter;
  SourcePosition where;
  std::optional<ExpressionText> typical;  // in terms of `value`
  std::optional<RandomEffect> between_people;
  std::optional<RandomEffect> between_occasions;
};

struct DescribedCovariance {
  std::vector<std::string> parameters;  // two
  double covariance = 0;
  expr::Level level = expr::Level::kSubject;
  SourcePosition where;
};

struct DescribedEstimates {
  std::vector<std::string> parameters;
  std::vector<EstimateScale> scales;  // one per parameter
  std::vector<double> covariance;  // row-major, on those scales, in units of the file; empty when it could not be read
  evidence::Provenance provenance;
  SourcePosition where;
};

struct DescribedExpression {
  std::string name;
  ExpressionText expression;
};

struct DescribedCompartment {
  std::string name;
  std::string analyte;
  SourcePosition where;
  bool systemic = false;
  std::optional<int> number;
  std::optional<ExpressionText> volume;
  // Of dosing records, and at the start.
  std::optional<ExpressionText> bioavailability;
  std::optional<ExpressionText> lag;
  std::optional<ExpressionText> duration;
  std::optional<ExpressionText> rate;
  std::optional<ExpressionText> initial;
};

struct DescribedState {
  StateVariable state;
  SourcePosition where;
  std::optional<ExpressionText> initial;
  std::optional<ExpressionText> derivative;
};

// A name of a compartment as written.
struct CompartmentName {
  std::string name;
  SourcePosition where;
};

struct DescribedFlow {
  SourcePosition where;
  CompartmentName from;
  std::optional<CompartmentName> to;  // absent: eliminated
  std::optional<ExpressionText> rate;
  std::optional<ExpressionText> clearance;
  std::optional<ExpressionText> fraction;
};

struct DescribedSource {
  SourcePosition where;
  CompartmentName to;
  std::optional<ExpressionText> rate;
};

struct DescribedExchange {
  SourcePosition where;
  std::vector<CompartmentName> between;  // two
  std::optional<ExpressionText> clearance;
};

struct DescribedTransit {
  int count = 1;
  std::optional<ExpressionText> mean_time;
};

struct DescribedInput {
  SourcePosition where;
  CompartmentName to;
  std::optional<ExpressionText> fraction;
  std::optional<ExpressionText> absorption_rate;  // `ka`
  std::optional<ExpressionText> duration;
  std::optional<ExpressionText> lag;
  std::optional<DescribedTransit> transit;
  std::optional<ExpressionText> systemic;
  bool scale_factor = false;  // the fraction may exceed 1: it absorbs a scale rather than being a share
};

struct DescribedRoute {
  std::string name;
  SourcePosition where;
  std::vector<DescribedInput> inputs;
};

struct DescribedOutput {
  Output output;
  SourcePosition where;
  CompartmentName compartment;
  std::optional<ExpressionText> factor;
  std::optional<ExpressionText> value;  // in place of a compartment
  Dimension value_dimension{};
};

struct Description {
  std::string id;
  std::string title;
  Kind kind = Kind::kPublished;
  evidence::Tier tier = evidence::Tier::kV1;
  std::vector<std::string> substances;
  std::vector<std::string> sources;
  std::string summary;
  std::vector<std::string> defects;
  std::vector<std::string> assumptions;
  std::string extends;  // id of the model that this one builds on, or ""
  SourcePosition extends_where;

  std::vector<Covariate> covariates;
  std::vector<DescribedParameter> parameters;
  std::vector<DescribedCovariance> covariances;
  std::vector<DescribedEstimates> estimates;
  std::vector<DescribedExpression> derived;
  std::vector<DescribedCompartment> compartments;
  std::vector<DescribedFlow> flows;
  std::vector<DescribedExchange> exchanges;
  std::vector<DescribedState> states;
  std::vector<DescribedSource> sources_of_amount;
  std::vector<DescribedRoute> routes;
  std::vector<DescribedOutput> outputs;
  Domain domain;

  // Names whose definition is wrong and has been reported: what refers to them is not complained about again.
  std::set<std::string> broken_names;
};

// Reads one document, adding every problem to `diagnostics`. What could not be read is left out or harmless.
[[nodiscard]] Description read_description(const Document& document, const evidence::Library& evidence,
                                           Diagnostics& diagnostics);

// Puts base's covariates, parameters, covariances, derived values, compartments, flows, exchanges, outputs, defects,
// assumptions and sources before those of `description`. A name that both define is a problem.
void merge_base(Description base, Description& description, Diagnostics& diagnostics);

}  // namespace racemate::model
