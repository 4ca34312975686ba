#include "racemate/exposure/nca.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>

#include "racemate/exposure/nca_samples.h"
#include "racemate/exposure/nca_units.h"

namespace racemate::exposure {
namespace {

// A number, or why there is none.
struct Value {
  std::optional<double> number;
  std::string reason;
};

Value known(double number) { return {.number = number, .reason = {}}; }
Value absent(std::string reason) { return {.number = std::nullopt, .reason = std::move(reason)}; }

constexpr const char* kBolusOnly = "only after an intravenous bolus";

// formula(inputs...) where all of them are known and the result is a number; else the first reason.
template <class Formula, class... Inputs>
Value derived(const Formula& formula, const Inputs&... inputs) {
  const std::array<const Value*, sizeof...(Inputs)> all{&inputs...};
  for (const Value* input : all) {
    if (!input->number) {
      return absent(input->reason);
    }
  }
  const double number = formula(*inputs.number...);
  return std::isfinite(number) ? known(number) : absent("it is not a finite number here (a division by zero)");
}

struct AreaValues {
  Value area;
  Value moment;
};

class Analysis {
 public:
  Analysis(const NcaProfile& profile, const NcaUnits& units, const NcaOptions& options)
      : profile_(profile),
        units_(units),
        options_(options),
        samples_(count_samples(profile, options.blq)),
        area_unit_(concentration_time_unit(units, 1)),
        moment_unit_(concentration_time_unit(units, 2)),
        nothing_(absent("no sample after the dose is above quantification")) {
    result_.subject = profile.subject;
    result_.output = profile.output;
    result_.route = profile.route;
    result_.infusion_duration = profile.infusion_duration;
    result_.dose = profile.dose;
  }

  NcaResult run() {
    if (!samples_.measurable.empty()) {
      find_peak();
      find_interval_extremes();
      find_start();
      curve_.emplace(up_to_last(), options_.method, log_from());
      all_.emplace(samples_.counted, options_.method, log_from());
      fit_ = find_terminal();
    }
    describe_samples();
    describe_areas();
    describe_terminal();
    describe_disposition();
    if (options_.tau) {
      describe_interval();
    }
    describe_partial_areas();
    std::stable_sort(result_.quantities.begin(), result_.quantities.end(),
                     [](const NcaQuantity& a, const NcaQuantity& b) { return a.metric < b.metric; });
    note();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool intravenous() const { return profile_.route != NcaRoute::kExtravascular; }
  [[nodiscard]] bool measured() const { return curve_.has_value(); }
  [[nodiscard]] const CurvePoint& last() const { return samples_.measurable.back(); }
  // kLinearLog: after a bolus the whole curve is after the peak.
  [[nodiscard]] double log_from() const { return profile_.route == NcaRoute::kBolus ? 0 : peak_.time; }

  void find_peak() {
    peak_ =
        *std::max_element(samples_.measurable.begin(), samples_.measurable.end(),
                          [](const CurvePoint& a, const CurvePoint& b) { return a.concentration < b.concentration; });
  }

  // The concentration at time 0, where no sample says it.
  void find_start() {
    std::vector<CurvePoint>& counted = samples_.counted;
    const bool sampled = counted.front().time == 0;
    if (profile_.route == NcaRoute::kBolus) {
      c0_ = initial_concentration();
    }
    if (!sampled) {
      counted.insert(counted.begin(), {0, start_concentration()});
    }
  }

  [[nodiscard]] double start_concentration() const {
    if (profile_.route == NcaRoute::kBolus) {
      return c0_;
    }
    return options_.steady_state ? lowest_.value_or(0) : 0;
  }

  [[nodiscard]] double initial_concentration() const {
    const CurvePoint& first = samples_.measurable.front();
    if (first.time == 0 || !samples_.second_is_measurable) {
      return first.concentration;
    }
    const CurvePoint& second = samples_.measurable[1];
    if (second.concentration >= first.concentration) {
      return first.concentration;
    }
    const double slope = std::log(first.concentration / second.concentration) / (second.time - first.time);
    const double extrapolated = first.concentration * std::exp(slope * first.time);
    return std::isfinite(extrapolated) ? extrapolated : first.concentration;
  }

  [[nodiscard]] std::vector<CurvePoint> up_to_last() const {
    const auto end = std::find_if(samples_.counted.begin(), samples_.counted.end(),
                                  [this](const CurvePoint& point) { return point.time > last().time; });
    return {samples_.counted.begin(), end};
  }

  std::optional<TerminalFit> find_terminal() {
    std::vector<CurvePoint> points;
    for (const CurvePoint& point : samples_.measurable) {
      if (is_terminal(point.time)) {
        points.push_back(point);
      }
    }
    if (points.size() < kFewestTerminalPoints) {
      no_terminal_ = fmt::format("{} of the {} terminal points that it needs", points.size(), kFewestTerminalPoints);
      return std::nullopt;
    }
    std::optional<TerminalFit> fit = options_.terminal_window ? fit_terminal(points) : best_terminal_fit(points);
    if (!fit) {
      no_terminal_ = "the concentrations do not decline at the end";
    }
    return fit;
  }

  [[nodiscard]] bool is_terminal(double time) const {
    if (options_.terminal_window) {
      return time >= options_.terminal_window->from && time <= options_.terminal_window->to;
    }
    const bool after_peak = profile_.route == NcaRoute::kBolus ? time >= peak_.time : time > peak_.time;
    return after_peak && time >= profile_.infusion_duration;
  }

  void add(NcaMetric metric, std::string key, std::string name, const Unit& unit, Value value) {
    if (value.number && !std::isfinite(*value.number)) {
      value = absent("it is too large for a number");
    }
    result_.quantities.push_back({.metric = metric,
                                  .key = std::move(key),
                                  .name = std::move(name),
                                  .unit = unit,
                                  .value = value.number,
                                  .reason = std::move(value.reason)});
  }
  void add_area(NcaMetric metric, std::string key, std::string name, const Value& value) {
    add(metric, std::move(key), std::move(name), area_unit_.unit, scaled(value, area_unit_.factor));
  }
  static Value scaled(const Value& value, double factor) {
    return derived([factor](double number) { return number * factor; }, value);
  }
  // What needs a curve.
  template <class Formula>
  [[nodiscard]] Value measured_value(const Formula& formula) const {
    return measured() ? known(formula()) : nothing_;
  }
  template <class Formula>
  [[nodiscard]] Value terminal_value(const Formula& formula) const {
    return !measured() ? nothing_ : fit_ ? known(formula(*fit_)) : absent("no lambda-z: " + no_terminal_);
  }

  void describe_samples() {
    const Unit& time = units_.time;
    const Unit& concentration = units_.concentration;
    add(NcaMetric::kCmax, "cmax", "Cmax", concentration, measured_value([&] { return peak_.concentration; }));
    add(NcaMetric::kTmax, "tmax", "Tmax", time, measured_value([&] { return peak_.time; }));
    add(NcaMetric::kClast, "clast", "Clast", concentration, measured_value([&] { return last().concentration; }));
    add(NcaMetric::kTlast, "tlast", "Tlast", time, measured_value([&] { return last().time; }));
    add(NcaMetric::kC0, "c0", "C0", concentration,
        profile_.route == NcaRoute::kBolus ? measured_value([&] { return c0_; }) : absent(kBolusOnly));
  }

  void describe_areas() {
    const CurveAreas to_last = measured() ? curve_->between(0, last().time) : CurveAreas{};
    auc_last_ = measured_value([&] { return to_last.area; });
    const Value aumc_last = measured_value([&] { return to_last.moment; });
    slope_ = terminal_value([](const TerminalFit& fit) { return fit.slope; });
    clast_predicted_ =
        terminal_value([this](const TerminalFit& fit) { return std::exp(fit.intercept - fit.slope * last().time); });
    const Value clast = measured_value([&] { return last().concentration; });
    const Value tlast = measured_value([&] { return last().time; });
    const auto to_infinity = [](double area, double concentration, double slope) {
      return area + concentration / slope;
    };
    auc_inf_ = derived(to_infinity, auc_last_, clast, slope_);
    const Value auc_predicted = derived(to_infinity, auc_last_, clast_predicted_, slope_);
    aumc_inf_ = derived(
        [](double moment, double c, double t, double slope) { return moment + t * c / slope + c / (slope * slope); },
        aumc_last, clast, tlast, slope_);
    const auto share_beyond = [](double whole, double part) { return 100 * (whole - part) / whole; };
    extrapolated_ = derived(share_beyond, auc_inf_, auc_last_);
    back_extrapolated_ =
        profile_.route == NcaRoute::kBolus
            ? derived([](double part, double whole) { return 100 * part / whole; },
                      measured_value([&] { return curve_->between(0, samples_.measurable.front().time).area; }),
                      auc_inf_)
            : absent(kBolusOnly);

    add_area(NcaMetric::kAucLast, "auc_last", "AUClast", auc_last_);
    add_area(NcaMetric::kAucAll, "auc_all", "AUCall",
             measured_value([&] { return all_->between(0, all_->last_time()).area; }));
    add_area(NcaMetric::kAucInfObserved, "auc_inf_observed", "AUCinf, observed", auc_inf_);
    add_area(NcaMetric::kAucInfPredicted, "auc_inf_predicted", "AUCinf, predicted", auc_predicted);
    const Unit percent = own_unit("%");
    add(NcaMetric::kExtrapolatedObserved, "extrapolated_observed", "extrapolated, observed", percent, extrapolated_);
    add(NcaMetric::kExtrapolatedPredicted, "extrapolated_predicted", "extrapolated, predicted", percent,
        derived(share_beyond, auc_predicted, auc_last_));
    add(NcaMetric::kBackExtrapolated, "back_extrapolated", "extrapolated back", percent, back_extrapolated_);
    add(NcaMetric::kAumcLast, "aumc_last", "AUMClast", moment_unit_.unit, scaled(aumc_last, moment_unit_.factor));
    add(NcaMetric::kAumcInf, "aumc_inf", "AUMCinf, observed", moment_unit_.unit,
        scaled(aumc_inf_, moment_unit_.factor));
    add(NcaMetric::kMrtLast, "mrt_last", "MRTlast", units_.time, residence_time(aumc_last, auc_last_));
  }

  // Minus half of the infusion: a molecule's wait in the syringe is not time in the body.
  [[nodiscard]] Value residence_time(const Value& moment, const Value& area) const {
    const double wait = profile_.infusion_duration / 2;
    return derived([wait](double m, double a) { return m / a - wait; }, moment, area);
  }

  void describe_terminal() {
    const Unit one = own_unit("1");
    const auto value = [this](double TerminalFit::* field) {
      return terminal_value([field](const TerminalFit& fit) { return fit.*field; });
    };
    const ResultUnit rate = rate_unit(units_);
    add(NcaMetric::kLambdaZ, "lambda_z", "lambda-z", rate.unit, scaled(slope_, rate.factor));
    add(NcaMetric::kHalfLife, "half_life", "half-life", units_.time,
        derived([](double slope) { return std::numbers::ln2 / slope; }, slope_));
    add(NcaMetric::kR2, "r2", "r2", one, value(&TerminalFit::r2));
    add(NcaMetric::kAdjustedR2, "adjusted_r2", "adjusted r2", one, value(&TerminalFit::adjusted_r2));
    add(NcaMetric::kTerminalPoints, "terminal_points", "terminal points", one,
        terminal_value([](const TerminalFit& fit) { return static_cast<double>(fit.points); }));
    add(NcaMetric::kTerminalFrom, "terminal_from", "terminal points from", units_.time,
        value(&TerminalFit::first_time));
    add(NcaMetric::kTerminalTo, "terminal_to", "terminal points to", units_.time, value(&TerminalFit::last_time));
    span_ = terminal_value(
        [](const TerminalFit& fit) { return (fit.last_time - fit.first_time) * fit.slope / std::numbers::ln2; });
    add(NcaMetric::kSpan, "span", "span in half-lives", one, span_);
    add(NcaMetric::kClastPredicted, "clast_predicted", "Clast, predicted", units_.concentration, clast_predicted_);
  }

  void describe_disposition() {
    const Value dose = profile_.dose ? known(*profile_.dose) : absent("no dose was given");
    Value area = auc_inf_;
    Value residence = residence_time(aumc_inf_, auc_inf_);
    if (options_.steady_state) {
      const AreaValues tau = area_of({0, *options_.tau});
      area = tau.area;
      residence = steady_state_residence_time(tau);
    }
    // In internal units, since volumes and clearances have units of their own.
    const auto internal = [](const Unit& unit, const Value& value) {
      return derived([&unit](double number) { return to_internal_value(unit, number); }, value);
    };
    const auto quotient = [](double a, double b) { return a / b; };
    const Value area_internal = scaled(area, units_.concentration.to_internal * units_.time.to_internal);
    const Value clearance = derived(quotient, internal(units_.dose, dose), area_internal);
    const Value slope_per_h = scaled(slope_, 1 / units_.time.to_internal);
    const Value residence_h = internal(units_.time, residence);

    const Dimension volume = units_.dose.dimension / units_.concentration.dimension;
    const std::string fraction = intravenous() ? "" : "/F";
    add(NcaMetric::kMrtInf, "mrt_inf", options_.steady_state ? "MRT, steady state" : "MRTinf", units_.time, residence);
    add(NcaMetric::kClearance, "clearance", "CL" + fraction, internal_unit(volume / dimensions::kTime), clearance);
    add(NcaMetric::kVz, "vz", "Vz" + fraction, internal_unit(volume), derived(quotient, clearance, slope_per_h));
    add(NcaMetric::kVss, "vss", "Vss", internal_unit(volume),
        intravenous() ? derived([](double time, double flow) { return time * flow; }, residence_h, clearance)
                      : absent("only after an intravenous dose"));
  }

  // Drug that is still there at tau has stayed for tau at least, and adds up over the doses before.
  [[nodiscard]] Value steady_state_residence_time(const AreaValues& tau) const {
    const Value moment =
        derived([this](double m, double part, double whole) { return m + *options_.tau * (whole - part); }, tau.moment,
                tau.area, auc_inf_);
    return residence_time(moment, tau.area);
  }

  // Over samples up to Tlast, along the terminal line after it.
  [[nodiscard]] AreaValues area_of(const NcaInterval& interval) const {
    if (!measured()) {
      return {nothing_, nothing_};
    }
    CurveAreas areas;
    if (interval.from < last().time) {
      areas = curve_->between(interval.from, std::min(interval.to, last().time));
    }
    if (interval.to > last().time) {
      if (!fit_) {
        const Value reason = absent(fmt::format("it ends after Tlast, and there is no lambda-z: {}", no_terminal_));
        return {reason, reason};
      }
      const double from = std::max(interval.from, last().time);
      const double slope = fit_->slope;
      const double start = tail(from);
      const double end = tail(interval.to);
      areas.area += (start - end) / slope;
      areas.moment += (from * start - interval.to * end) / slope + (start - end) / (slope * slope);
    }
    return {known(areas.area), known(areas.moment)};
  }

  // Precondition: a terminal fit.
  [[nodiscard]] double tail(double time) const {
    return last().concentration * std::exp(-fit_->slope * (time - last().time));
  }

  void find_interval_extremes() {
    for (const CurvePoint& point : samples_.counted) {
      if (!options_.tau || point.time > *options_.tau) {
        break;
      }
      lowest_ = std::min(lowest_.value_or(point.concentration), point.concentration);
      highest_ = std::max(highest_.value_or(point.concentration), point.concentration);
    }
  }

  void describe_interval() {
    const Unit& concentration = units_.concentration;
    const double tau = *options_.tau;
    const auto sampled = [this](const std::optional<double>& extreme) {
      return !measured() ? nothing_ : extreme ? known(*extreme) : absent("no sample lies in the dosing interval");
    };
    const Value area = area_of({0, tau}).area;
    const Value highest = sampled(highest_);
    const Value lowest = sampled(lowest_);
    const Value average = derived([tau](double whole) { return whole / tau; }, area);
    const Value trough = !measured()          ? nothing_
                         : tau <= last().time ? known(curve_->at(tau))
                         : fit_               ? known(tail(tau))
                                              : absent("it is after Tlast, and there is no lambda-z: " + no_terminal_);
    add_area(NcaMetric::kAucTau, "auc_tau", "AUCtau", area);
    add(NcaMetric::kCmaxTau, "cmax_tau", "Cmax in tau", concentration, highest);
    add(NcaMetric::kCminTau, "cmin_tau", "Cmin in tau", concentration, lowest);
    add(NcaMetric::kCavg, "cavg", "Cavg", concentration, average);
    add(NcaMetric::kCtrough, "ctrough", "Ctrough", concentration, trough);
    add(NcaMetric::kFluctuation, "fluctuation", "fluctuation", own_unit("%"),
        derived([](double high, double low, double mean) { return 100 * (high - low) / mean; }, highest, lowest,
                average));
    add(NcaMetric::kSwing, "swing", "swing", own_unit("1"),
        derived([](double high, double low) { return (high - low) / low; }, highest, lowest));
  }

  void describe_partial_areas() {
    for (const NcaInterval& interval : options_.intervals) {
      add_area(NcaMetric::kAucInterval, fmt::format("auc_{}_{}", interval.from, interval.to),
               fmt::format("AUC {}-{} {}", interval.from, interval.to, units_.time.code), area_of(interval).area);
    }
  }

  void note() {
    std::vector<NcaNote>& notes = result_.notes;
    const auto count = [](std::size_t number) { return fmt::format("{} sample{}", number, number == 1 ? "" : "s"); };
    if (samples_.before_dose > 0) {
      notes.push_back({NcaFlag::kBeforeDose, count(samples_.before_dose) + " before the dose: not used"});
    }
    if (samples_.below_limit > 0) {
      notes.push_back(
          {NcaFlag::kBelowLimit, count(samples_.below_limit) + " below quantification: counted as the rules say"});
    }
    if (measured() && profile_.route == NcaRoute::kBolus && samples_.measurable.front().time > 0) {
      if (c0_ > samples_.measurable.front().concentration) {
        notes.push_back(
            {NcaFlag::kC0BackExtrapolated, "C0 is extrapolated back through the first two measurable samples"});
      } else {
        notes.push_back(
            {NcaFlag::kC0FirstSample, "C0 is the first measurable sample: no decline leads back to time 0"});
      }
    }
    const auto warn = [&notes](NcaFlag flag, const Value& share, std::string_view where) {
      if (share.number && *share.number > kExtrapolationFlag_percent) {
        notes.push_back({flag, fmt::format("{:.1f}% of AUCinf lies {} and is extrapolated: over {}%", *share.number,
                                           where, kExtrapolationFlag_percent)});
      }
    };
    warn(NcaFlag::kMuchExtrapolated, extrapolated_, "after the last sample");
    warn(NcaFlag::kMuchBackExtrapolated, back_extrapolated_, "before the first sample");
    if (span_.number && *span_.number < kShortestSpan_half_lives) {
      notes.push_back({NcaFlag::kShortSpan, fmt::format("the terminal points span {:.1f} half-lives: under {}",
                                                        *span_.number, kShortestSpan_half_lives)});
    }
  }

  const NcaProfile& profile_;
  const NcaUnits& units_;
  const NcaOptions& options_;
  CountedSamples samples_;
  ResultUnit area_unit_;
  ResultUnit moment_unit_;
  Value nothing_;  // the reason of everything where nothing is measurable
  NcaResult result_;

  CurvePoint peak_{0, 0};
  double c0_ = 0;
  std::optional<double> lowest_;  // samples of the dosing interval
  std::optional<double> highest_;
  std::optional<SampledCurve> curve_;  // from time 0 to Tlast; absent when nothing is measurable
  std::optional<SampledCurve> all_;    // to the last sample that counts
  std::optional<TerminalFit> fit_;
  std::string no_terminal_;  // why there is no fit
  Value slope_;
  Value auc_last_;
  Value auc_inf_;
  Value aumc_inf_;
  Value clast_predicted_;
  Value extrapolated_;
  Value back_extrapolated_;
  Value span_;
};

}  // namespace

const NcaQuantity* NcaResult::find(NcaMetric metric) const {
  const auto found = std::find_if(quantities.begin(), quantities.end(),
                                  [metric](const NcaQuantity& quantity) { return quantity.metric == metric; });
  return found == quantities.end() ? nullptr : &*found;
}

Result<NcaResult> analyse_profile(const NcaProfile& profile, const NcaUnits& units, const NcaOptions& options) {
  Diagnostics problems = check_profile(profile, options.blq);
  const Diagnostics more = check_nca_options(options);
  problems.insert(problems.end(), more.begin(), more.end());
  if (!problems.empty()) {
    return fail(std::move(problems));
  }
  return Analysis(profile, units, options).run();
}

}  // namespace racemate::exposure
