// Real, sparse, noisy profiles with published answers: two public data sets that Phoenix WinNonlin and the R package
// NonCompart analysed to the same digits.
//
// Data: theophylline by mouth, 12 people (R. Upton; in A. J. Boeckmann, L. B. Sheiner, S. L. Beal, NONMEM Users Guide,
// Part V, 1994), and an indometacin bolus, 6 people (K. C. Kwan et al., J. Pharmacokinet. Biopharm. 4, 255-280, 1976).
// Answers: S. Han, Validation of Noncompartmental Analysis Performed by NonCompart R package, 2018
// (https://github.com/asancpt/NonCompart-tests). Doses there: 320 mg and 25 mg for everyone.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "racemate/exposure/nca.h"

namespace racemate::exposure {
namespace {

constexpr double kPrinted = 2e-6;  // answers are printed with 7 or 8 digits

NcaResult analyse(const NcaProfile& profile, const NcaOptions& options) {
  const Result<NcaUnits> units = parse_nca_units("h", "mg/L", "mg");
  const Result<NcaResult> result = analyse_profile(profile, *units, options);
  EXPECT_TRUE(result.has_value());
  return result ? *result : NcaResult{};
}

void expect(const NcaResult& result, NcaMetric metric, double expected) {
  const NcaQuantity* quantity = result.find(metric);
  ASSERT_TRUE(quantity != nullptr && quantity->value) << "subject " << result.subject.id;
  EXPECT_NEAR(*quantity->value, expected, kPrinted * std::fabs(expected))
      << quantity->key << " of subject " << result.subject.id;
}

NcaProfile profile_of(std::size_t subject, const std::vector<double>& times,
                      const std::vector<double>& concentrations) {
  NcaProfile profile{.subject = {.id = std::to_string(subject)}, .output = "conc"};
  for (std::size_t i = 0; i < times.size(); ++i) {
    profile.samples.push_back({.time = times[i], .concentration = concentrations[i]});
  }
  return profile;
}

struct Theophylline {
  std::vector<double> times;
  std::vector<double> concentrations;
  double auc_last;  // linear trapezoids up to here
  double auc_inf;
  double auc_inf_predicted;
  double aumc_inf;
  double mrt_inf;
  double clearance;
  double vz;
  double lambda_z;
  double points;
  double adjusted_r2;
  double auc_last_log;  // linear up, logarithmic down
  double clearance_log;
};

// clang-format off: one number a line otherwise
const std::vector<Theophylline> kTheophylline{
    {{0.0, 0.25, 0.57, 1.12, 2.02, 3.82, 5.1, 7.03, 9.05, 12.12, 24.37}, {0.74, 2.84, 6.57, 10.5, 9.66, 8.58,
     8.36, 7.47, 6.89, 5.94, 3.28}, 148.92305, 216.61193, 216.61496, 4505.5348, 20.800031, 1.477296, 30.48675,
     0.04845700, 3, 0.9999995, 147.234748, 1.488901},
    {{0.0, 0.27, 0.52, 1.0, 1.92, 3.5, 5.02, 7.03, 9.0, 12.0, 24.3}, {0.0, 1.72, 7.91, 8.31, 8.33, 6.85, 6.08,
     5.4, 4.55, 3.01, 0.9}, 91.52680, 100.17346, 100.06432, 999.7723, 9.980411, 3.194459, 30.69044, 0.10408644,
     4, 0.9957931, 88.731275, 3.286165},
    {{0.0, 0.27, 0.58, 1.02, 2.02, 3.62, 5.08, 7.07, 9.0, 12.15, 24.17}, {0.0, 4.4, 6.9, 8.2, 7.8, 7.5, 6.2,
     5.3, 4.9, 3.7, 1.05}, 99.28650, 109.53597, 109.58572, 1150.9648, 10.507642, 2.921415, 28.51710, 0.10244431,
     3, 0.9986499, 95.878198, 3.015236},
    {{0.0, 0.35, 0.6, 1.07, 2.13, 3.5, 5.02, 7.02, 9.02, 11.98, 24.65}, {0.0, 1.89, 4.6, 8.6, 8.38, 7.54, 6.88,
     5.78, 5.33, 4.19, 1.15}, 106.79630, 118.37888, 118.44356, 1303.2524, 11.009163, 2.703185, 27.22596,
     0.09928702, 3, 0.9978483, 102.633623, 2.801704},
    {{0.0, 0.3, 0.52, 1.0, 2.02, 3.5, 5.02, 7.02, 9.1, 12.0, 24.35}, {0.0, 2.02, 5.63, 11.4, 9.33, 8.74, 7.56,
     7.09, 5.9, 4.37, 1.57}, 121.29440, 139.41978, 139.25463, 1667.7216, 11.961873, 2.295227, 26.49799,
     0.08661888, 4, 0.9979708, 118.179354, 2.347681},
    {{0.0, 0.27, 0.58, 1.15, 2.03, 3.57, 5.0, 7.0, 9.22, 12.1, 23.85}, {0.0, 1.29, 3.08, 6.44, 6.32, 5.53, 4.94,
     4.02, 3.46, 2.78, 0.92}, 73.77555, 84.25442, 84.49670, 978.4285, 11.612785, 3.798020, 43.25973, 0.08779574,
     7, 0.9978896, 71.697015, 3.894087},
    {{0.0, 0.25, 0.5, 1.02, 2.02, 3.48, 5.0, 6.98, 9.0, 12.05, 24.22}, {0.15, 0.85, 2.35, 5.02, 6.58, 7.09,
     6.66, 5.25, 4.39, 3.53, 1.15}, 90.75340, 103.77180, 103.89315, 1245.0984, 11.998427, 3.083689, 34.90844,
     0.08833650, 4, 0.9980053, 87.969227, 3.168705},
    {{0.0, 0.25, 0.52, 0.98, 2.02, 3.53, 5.05, 7.15, 9.07, 12.1, 24.12}, {0.0, 3.05, 3.05, 7.31, 7.56, 6.59,
     5.88, 4.73, 4.57, 3.0, 1.25}, 88.55995, 103.90669, 103.64305, 1298.1158, 12.493092, 3.079686, 37.81051,
     0.08145054, 6, 0.9887655, 86.806563, 3.132547},
    {{0.0, 0.3, 0.63, 1.05, 2.02, 3.53, 5.02, 7.17, 8.8, 11.6, 24.43}, {0.0, 7.37, 9.03, 7.14, 6.33, 5.66, 5.67,
     4.24, 4.11, 3.16, 1.12}, 86.32615, 99.90872, 99.86607, 1201.7715, 12.028695, 3.202924, 38.84279,
     0.08245863, 3, 0.9988873, 83.937436, 3.281378},
    {{0.0, 0.37, 0.77, 1.02, 2.05, 3.55, 5.05, 7.08, 9.38, 12.1, 23.7}, {0.24, 2.89, 5.22, 6.41, 7.83, 10.21,
     9.18, 8.02, 7.14, 5.68, 2.42}, 138.36810, 170.65206, 170.56791, 2473.9934, 14.497296, 1.875160, 25.01554,
     0.07495982, 3, 0.9990174, 135.57607, 1.90635},
    {{0.0, 0.25, 0.5, 0.98, 1.98, 3.6, 5.02, 7.03, 9.03, 12.12, 24.08}, {0.0, 4.86, 7.24, 8.0, 6.81, 5.87, 5.22,
     4.45, 3.62, 2.69, 0.86}, 80.09360, 89.10274, 89.10072, 928.5600, 10.421227, 3.591360, 37.62219, 0.09545856,
     3, 0.9999965, 77.893472, 3.682283},
    {{0.0, 0.25, 0.5, 1.0, 2.0, 3.52, 5.07, 7.07, 9.03, 12.05, 24.15}, {0.0, 1.25, 3.96, 7.82, 9.72, 9.75, 8.57,
     6.59, 6.11, 4.57, 1.17}, 119.97750, 130.58883, 130.63907, 1330.3840, 10.187579, 2.450439, 22.22429,
     0.11025949, 3, 0.9987936, 115.220208, 2.543083},
};
// clang-format on

TEST(NcaPublished, TheophyllineByMouth) {
  for (std::size_t i = 0; i < kTheophylline.size(); ++i) {
    const Theophylline& known = kTheophylline[i];
    NcaProfile profile = profile_of(i + 1, known.times, known.concentrations);
    profile.dose = 320;
    const NcaResult linear = analyse(profile, {.method = NcaMethod::kLinear});
    expect(linear, NcaMetric::kAucLast, known.auc_last);
    expect(linear, NcaMetric::kAucInfObserved, known.auc_inf);
    expect(linear, NcaMetric::kAucInfPredicted, known.auc_inf_predicted);
    expect(linear, NcaMetric::kAumcInf, known.aumc_inf);
    expect(linear, NcaMetric::kMrtInf, known.mrt_inf);
    expect(linear, NcaMetric::kClearance, known.clearance);
    expect(linear, NcaMetric::kVz, known.vz);
    expect(linear, NcaMetric::kLambdaZ, known.lambda_z);
    expect(linear, NcaMetric::kTerminalPoints, known.points);
    expect(linear, NcaMetric::kAdjustedR2, known.adjusted_r2);
    const NcaResult log_down = analyse(profile, {.method = NcaMethod::kLinearUpLogDown});
    expect(log_down, NcaMetric::kAucLast, known.auc_last_log);
    expect(log_down, NcaMetric::kClearance, known.clearance_log);
  }
}

struct Indometacin {
  std::vector<double> concentrations;
  double c0;  // linear trapezoids from here
  double points;
  double lambda_z;
  double auc_last;
  double auc_inf;
  double back_extrapolated;
  double aumc_inf;
  double mrt_inf;
  double clearance;
  double vz;
  double vss;
  double auc_last_log;  // linear up, logarithmic down
  double aumc_last_log;
  double back_extrapolated_log;
  double clearance_log;
};

const std::vector<double> kIndometacinTimes{0.25, 0.5, 0.75, 1.0, 1.25, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0};
// clang-format off: one number a line otherwise
const std::vector<Indometacin> kIndometacin{
    {{1.5, 0.94, 0.78, 0.48, 0.37, 0.19, 0.12, 0.11, 0.08, 0.07, 0.05}, 2.393617, 3, 0.1583205, 2.0404521,
     2.3562672, 20.6556421, 7.7925545, 3.3071607, 10.610002, 67.015978, 35.0889819, 2.0098984, 3.3047961,
     20.5542573, 10.7493892},
    {{2.03, 1.63, 0.71, 0.7, 0.64, 0.36, 0.32, 0.2, 0.25, 0.12, 0.08}, 2.5281595, 9, 0.30228, 3.2485199,
     3.5131752, 16.2180906, 9.3915223, 2.6732291, 7.1160698, 23.5413171, 19.0228851, 3.2028878, 6.4131687,
     16.3658871, 7.2097158},
    {{2.72, 1.49, 1.16, 0.8, 0.8, 0.39, 0.22, 0.12, 0.11, 0.08, 0.08}, 4.9653691, 10, 0.4218926, 3.5544211,
     3.7440428, 25.6586578, 6.9726784, 1.8623394, 6.677274, 15.8269504, 12.4353504, 3.4743971, 5.0552993,
     25.4552663, 6.8231092},
    {{1.85, 1.39, 1.02, 0.89, 0.59, 0.4, 0.16, 0.11, 0.1, 0.07, 0.07}, 2.4622302, 11, 0.4554455, 2.7852788,
     2.9389745, 18.3407098, 5.9489028, 2.0241424, 8.5063686, 18.6770303, 17.2181012, 2.7483832, 4.4049718,
     18.4484084, 8.6145142},
    {{2.05, 1.04, 0.81, 0.39, 0.3, 0.23, 0.13, 0.11, 0.08, 0.1, 0.06}, 4.0408654, 8, 0.2527478, 2.4588582,
     2.696249, 28.2376805, 6.5458663, 2.4277678, 9.2721407, 36.6853493, 22.5106044, 2.3983736, 3.7472994,
     27.8259014, 9.4849143},
    {{2.31, 1.44, 1.03, 0.84, 0.64, 0.42, 0.24, 0.17, 0.13, 0.1, 0.09}, 3.705625, 9, 0.3535205, 3.3357031,
     3.5902852, 20.9441054, 8.2892908, 2.3088112, 6.9632351, 19.6968341, 16.0767951, 3.2908266, 5.5904206,
     20.8230657, 7.0513732},
};
// clang-format on

TEST(NcaPublished, IndometacinBolus) {
  for (std::size_t i = 0; i < kIndometacin.size(); ++i) {
    const Indometacin& known = kIndometacin[i];
    NcaProfile profile = profile_of(i + 1, kIndometacinTimes, known.concentrations);
    profile.route = NcaRoute::kBolus;
    profile.dose = 25;
    const NcaResult linear = analyse(profile, {.method = NcaMethod::kLinear});
    expect(linear, NcaMetric::kC0, known.c0);
    expect(linear, NcaMetric::kTerminalPoints, known.points);
    expect(linear, NcaMetric::kLambdaZ, known.lambda_z);
    expect(linear, NcaMetric::kAucLast, known.auc_last);
    expect(linear, NcaMetric::kAucInfObserved, known.auc_inf);
    expect(linear, NcaMetric::kBackExtrapolated, known.back_extrapolated);
    expect(linear, NcaMetric::kAumcInf, known.aumc_inf);
    expect(linear, NcaMetric::kMrtInf, known.mrt_inf);
    expect(linear, NcaMetric::kClearance, known.clearance);
    expect(linear, NcaMetric::kVz, known.vz);
    expect(linear, NcaMetric::kVss, known.vss);
    const NcaResult log_down = analyse(profile, {.method = NcaMethod::kLinearUpLogDown});
    expect(log_down, NcaMetric::kAucLast, known.auc_last_log);
    expect(log_down, NcaMetric::kAumcLast, known.aumc_last_log);
    expect(log_down, NcaMetric::kBackExtrapolated, known.back_extrapolated_log);
    expect(log_down, NcaMetric::kClearance, known.clearance_log);
  }
}

}  // namespace
}  // namespace racemate::exposure
