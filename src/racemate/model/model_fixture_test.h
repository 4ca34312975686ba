// A small valid model, and ways to bend it, for the tests of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "racemate/model/model.h"

namespace racemate::model::testing {

// Line numbers matter to tests: the first line is line 1 of the file.
inline constexpr std::string_view kSmallModel = R"(schema = "racemate-model/1"
id = "small"
title = "A small model"
tier = "V2"
substances = ["racemic ketamine"]
source = ["a-2020"]
summary = "For tests."

[covariates]
weight = { unit = "kg", reference = "70 kg", low = "40 kg", high = "160 kg" }

[parameters.CL]
value = "80 L/h"
typical = "value * (weight / 70[kg])^0.75"
between_people = { scale = "log-normal", omega2 = 0.04 }

[parameters.V]
value = "100 L"
between_people = { scale = "log-normal", omega2 = 0.09 }

[parameters.F]
value = 0.4
between_people = { scale = "logit-normal", omega2 = 0.25 }
between_studies = { shape = "uniform", low = 0.3, high = 0.5, source = "a-2020" }

[parameters.ka]
value = "2 1/h"
between_occasions = { scale = "log-normal", omega2 = 0.1 }

[[covariances]]
parameters = ["CL", "V"]
covariance = 0.03

[derived]
k = "CL / V"

[compartments.central]
analyte = "ketamine"
volume = "V"
systemic = true

[[flows]]
from = "central"
clearance = "CL"

[[routes.oral.inputs]]
to = "central"
fraction = "F"
ka = "ka"

[outputs.ketamine]
title = "ketamine"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "venous"

[domain]
population = "nobody"
age = ["18 a", "80 a"]
weight = ["50 kg", "120 kg"]
routes = [{ route = "oral", low = "10 mg", high = "100 mg" }]
)";

// kSmallModel with the first `old_text` replaced; the test fails when it does not occur.
[[nodiscard]] std::string small_model_with(std::string_view old_text, std::string_view new_text);
[[nodiscard]] evidence::Library small_library();  // the citations a-2020 and b-2020
[[nodiscard]] Result<CompiledModel> compile_text(const std::string& text);
// Each problem as "line:column RM-code message (expected; hint)".
[[nodiscard]] std::vector<std::string> problems_of(const std::string& text);
// Values of a slot on a frame evaluated for one person: thetas at their values, covariates at their reference.
struct Person {
  double dose_mg = 28;
  double dose_number = 1;
  std::vector<std::pair<std::string, double>> set;  // symbols by name, in internal units
};
[[nodiscard]] double value_of(const CompiledModel& model, std::size_t slot, const Person& person = {});
[[nodiscard]] double value_of(const CompiledModel& model, std::string_view name, const Person& person = {});
[[nodiscard]] CompiledModel shipped(const std::string& id);

}  // namespace racemate::model::testing
