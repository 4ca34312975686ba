// Non-compartmental analysis of one sampled profile: peaks, areas, terminal slope, clearance and volumes, with units.
//
// It describes concentrations that were measured or simulated; it recommends nothing.
//
// Formulas: J. Gabrielsson, D. Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis: Concepts and Applications;
// M. Rowland, T. N. Tozer, Clinical Pharmacokinetics and Pharmacodynamics: Concepts and Applications.
//   lambda-z     minus the slope of ln C on t over the terminal points (nca_curve.h)
//   half-life    ln 2 / lambda-z               span            time of the terminal points / half-life
//   AUCinf       AUClast + Clast / lambda-z    (predicted: with the Clast of the regression line)
//   AUMCinf      AUMClast + Tlast Clast / lambda-z + Clast / lambda-z^2
//   MRT          AUMC / AUC - infusion time / 2; after other routes than intravenous it includes the time of absorption
//   CL           dose / AUCinf; at steady state dose / AUCtau. CL/F and Vz/F unless the dose was intravenous
//   Vz           CL / lambda-z                 Vss             MRT CL, intravenous doses only
//   MRT at steady state   (AUMCtau + tau (AUCinf - AUCtau)) / AUCtau - infusion time / 2
//   Cavg         AUCtau / tau                  fluctuation     100 (Cmax - Cmin) / Cavg, within the interval
//   swing        (Cmax - Cmin) / Cmin          %extrapolated   100 (AUCinf - AUClast) / AUCinf
// Rules where the books leave a choice:
//   - Time 0 is the dose. Samples before it are not used; a note says how many.
//   - Without a sample at time 0 the concentration there is 0 after an infusion or extravascular dose, at steady state
//     the lowest one within the interval. After a bolus it is C0: the sample at time 0 if it is measurable, else the
//     line through the logarithms of the first two measurable samples, else (no decline, or the second sample is
//     missing or not next) the first measurable one.
//   - A concentration of 0, or one under the lower limit of quantification, is below quantification (BLQ).
//   - Terminal points are measurable, lie after Tmax (after a bolus: from Tmax on) and not before the end of an
//     infusion. A window given by hand replaces these rules. At least 3.
//   - Areas of intervals run over measurable samples up to Tlast and along Clast exp(-lambda-z (t - Tlast)) after it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"
#include "racemate/exposure/nca_curve.h"

namespace racemate::exposure {

// Of a profile as written: time; drug mass or substance per volume; drug mass or substance, also per body mass.
struct NcaUnits {
  Unit time;
  Unit concentration;
  Unit dose;
};
// Errors: kUnknownUnit, kWrongDimension; kInconsistent when the dose counts mass and the concentration substance.
[[nodiscard]] Result<NcaUnits> parse_nca_units(const std::string& time, const std::string& concentration,
                                               const std::string& dose);

enum class NcaRoute : std::uint8_t { kExtravascular, kBolus, kInfusion };

// Where it stands in a file, for messages; zeros when it stands in none.
struct NcaSampleOrigin {
  std::uint32_t line = 0;
  std::uint32_t time_column = 0;
  std::uint32_t concentration_column = 0;
};

struct NcaSample {
  double time;           // since the dose, in NcaUnits::time; negative: before the dose
  double concentration;  // in NcaUnits::concentration; ignored when below_limit
  bool below_limit = false;
  std::optional<double> lower_limit;  // of quantification, in NcaUnits::concentration
  NcaSampleOrigin origin;
};

// As written. Simulated trials number their studies and replicates; elsewhere these are empty.
struct NcaSubject {
  std::string id;
  std::string study;
  std::string replicate;
  bool operator==(const NcaSubject&) const = default;
};
[[nodiscard]] std::string to_string(const NcaSubject& subject);  // "7", "7 of study 2, replicate 3"

struct NcaProfile {
  NcaSubject subject;
  std::string output;              // name of what was measured
  std::vector<NcaSample> samples;  // times strictly ascending
  std::optional<double> dose;      // in NcaUnits::dose; absent: no clearance and no volumes
  NcaRoute route = NcaRoute::kExtravascular;
  double infusion_duration = 0;  // in NcaUnits::time; positive for kInfusion, else 0
  std::string file;              // for messages
};

enum class BlqTreatment : std::uint8_t { kMissing, kZero, kHalfLimit };

// What a sample below quantification counts as. One that is not missing takes part in areas; it is never Clast, Cmax or
// a terminal point.
struct BlqRules {
  BlqTreatment before_first = BlqTreatment::kZero;
  BlqTreatment between = BlqTreatment::kMissing;
  BlqTreatment after_last = BlqTreatment::kMissing;
};

struct NcaInterval {  // in NcaUnits::time, 0 <= from < to
  double from;
  double to;
};

struct NcaOptions {
  NcaMethod method = NcaMethod::kLinearUpLogDown;
  BlqRules blq;
  std::optional<NcaInterval> terminal_window;  // terminal points by hand, ends included
  std::vector<NcaInterval> intervals;          // partial areas
  std::optional<double> tau;                   // dosing interval, in NcaUnits::time; its metrics are given then only
  bool steady_state = false;                   // needs tau
};

inline constexpr double kExtrapolationFlag_percent = 20;  // above it, an area is flagged
inline constexpr double kShortestSpan_half_lives = 2;     // below it, a terminal slope is; a rule of thumb

enum class NcaMetric : std::uint8_t {
  kCmax,
  kTmax,
  kClast,
  kTlast,
  kC0,
  kAucLast,
  kAucAll,  // up to the last sample, whatever it counts as
  kAucInfObserved,
  kAucInfPredicted,
  kExtrapolatedObserved,
  kExtrapolatedPredicted,
  kBackExtrapolated,  // share of AUCinf before the first sample after a bolus
  kAumcLast,
  kAumcInf,
  kMrtLast,
  kMrtInf,
  kLambdaZ,
  kHalfLife,
  kR2,
  kAdjustedR2,
  kTerminalPoints,
  kTerminalFrom,
  kTerminalTo,
  kSpan,
  kClastPredicted,
  kClearance,
  kVz,
  kVss,
  kAucTau,
  kCmaxTau,
  kCminTau,
  kCavg,
  kCtrough,
  kFluctuation,
  kSwing,
  kAucInterval,  // one for each interval asked for
};

// Exactly one of value and reason is there.
struct NcaQuantity {
  NcaMetric metric;
  std::string key;   // for machines: "auc_last"
  std::string name;  // for people: "AUClast", "CL/F"
  Unit unit;
  std::optional<double> value;  // finite
  std::string reason;           // why there is no value
};

enum class NcaFlag : std::uint8_t {
  kBeforeDose,            // samples that were not used
  kBelowLimit,            // samples that count as the rules say
  kC0BackExtrapolated,    // through two samples
  kC0FirstSample,         // for want of a decline
  kMuchExtrapolated,      // over kExtrapolationFlag_percent of AUCinf after the last sample
  kMuchBackExtrapolated,  // the same before the first
  kShortSpan              // terminal points over less than kShortestSpan_half_lives
};
inline constexpr std::array kNcaFlags{
    NcaFlag::kBeforeDose,       NcaFlag::kBelowLimit,           NcaFlag::kC0BackExtrapolated, NcaFlag::kC0FirstSample,
    NcaFlag::kMuchExtrapolated, NcaFlag::kMuchBackExtrapolated, NcaFlag::kShortSpan};
[[nodiscard]] std::string_view to_string(NcaFlag flag);  // for machines: "much_extrapolated"
[[nodiscard]] std::string description(NcaFlag flag);     // of any number of profiles
[[nodiscard]] bool is_warning(NcaFlag flag);             // the numbers deserve less trust

struct NcaNote {
  NcaFlag flag;
  std::string text;  // with the numbers of this profile
};

struct NcaResult {
  NcaSubject subject;
  std::string output;
  NcaRoute route = NcaRoute::kExtravascular;
  double infusion_duration = 0;  // these two as in the profile
  std::optional<double> dose;
  std::vector<NcaQuantity> quantities;  // in the order of NcaMetric; the same keys for every profile of equal options
  std::vector<NcaNote> notes;           // what a reader should know beside the numbers

  [[nodiscard]] const NcaQuantity* find(NcaMetric metric) const;  // the first; nullptr when it was not asked for
};

// As options are written: "bolus", "linear-up-log-down", "half".
[[nodiscard]] std::string_view to_string(NcaRoute route);
[[nodiscard]] std::string_view to_string(NcaMethod method);
[[nodiscard]] std::string_view to_string(BlqTreatment treatment);

// All problems of a profile: no samples, times that are not finite, fall or are there twice, concentrations that are
// negative or not finite, limits, dose and duration that are not positive, kHalfLimit without a limit.
[[nodiscard]] Diagnostics check_profile(const NcaProfile& profile, const BlqRules& blq = {});
// The same for options: intervals, window and tau.
[[nodiscard]] Diagnostics check_nca_options(const NcaOptions& options);

// Errors: those of check_profile() and check_nca_options(). A quantity that cannot be computed is no error: it is
// absent with a reason.
[[nodiscard]] Result<NcaResult> analyse_profile(const NcaProfile& profile, const NcaUnits& units,
                                                const NcaOptions& options = {});

}  // namespace racemate::exposure
