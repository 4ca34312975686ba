// A small model whose rates depend on time and amounts, for the tests of this room.
#pragma once

#include <string>
#include <string_view>

namespace racemate::model::testing {

// Line numbers matter to tests: the first line is line 1 of the file.
inline constexpr std::string_view kMovingModel = R"toml(schema = "racemate-model/1"
id = "moving"
title = "A model that moves"
tier = "V2"
substances = ["racemic ketamine"]
source = ["a-2020"]
summary = "For tests."

[covariates]
weight = { unit = "kg", reference = "70 kg", low = "40 kg", high = "160 kg", column = "WT" }
renal = { unit = "mL/min", reference = "90 mL/min", low = "10 mL/min", high = "200 mL/min", column = "CRCL" }

[parameters.VMAX]
value = "30 mg/h"
between_people = { scale = "box-cox", shape = 0.5, omega2 = 0.09 }

[parameters.KM]
value = "0.4 mg/L"

[parameters.V]
value = "25 L"

[parameters.KOUT]
value = "0.2 1/h"

[parameters.F]
value = 0.8

[derived]
saturable = "VMAX / (KM + concentration.central)"
drive = "effect / (0.1[mg/L] + effect)"

[compartments.depot]
number = 3
bioavailability = "F"
lag = "0.25[h]"
duration = "2[h] * 70[kg] / weight"
rate = "40[mg/h]"

[compartments.central]
analyte = "ketamine"
number = 1
volume = "V"
systemic = true
initial = "2[mg]"

[compartments.deep]
volume = "4 * V"

[[flows]]
from = "depot"
to = "central"
rate = "1.5[1/h]"

[[flows]]
from = "central"
clearance = "saturable + 0.1 * renal"

[[exchanges]]
between = ["central", "deep"]
clearance = "10[L/h] * exp(-time / 5[h])"

[[sources]]
to = "deep"
rate = "0.5[mg/h] * response"

[states.effect]
unit = "ng/mL"
derivative = "3[1/h] * (concentration.central - effect)"

[states.response]
unit = "1"
initial = "1.5"
derivative = "KOUT * (1 - 0.9 * drive - response)"

[[routes.oral.inputs]]
to = "depot"
fraction = "F"
systemic = "F"

[outputs.ketamine]
title = "ketamine"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "venous"
unit = "mg/L"

[outputs.response]
title = "response in per cent"
value = "response"
unit = "%"

[domain]
population = "nobody"
routes = [{ route = "oral" }]
)toml";

// kMovingModel with the first `old_text` replaced; the test fails when it does not occur.
[[nodiscard]] std::string moving_model_with(std::string_view old_text, std::string_view new_text);

}  // namespace racemate::model::testing
