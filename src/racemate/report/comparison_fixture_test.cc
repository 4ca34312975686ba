#include "racemate/report/comparison_fixture_test.h"

#include <cmath>
#include <functional>
#include <utility>

namespace racemate::report {
namespace {

using study::Comparison;
using study::Metric;
using study::MetricId;
using study::PatternResult;

constexpr double kFastRate = 1.9;  // 1/h
constexpr double kSlowRate = 0.28;

// Concentration after one administration, peaking at 1 near time_to_peak_h.
double pulse(double time_h, double time_to_peak_h) {
  if (time_h <= 0) return 0;
  if (time_h < time_to_peak_h) return time_h / time_to_peak_h;
  const double since = time_h - time_to_peak_h;
  return 0.75 * std::exp(-kFastRate * since) + 0.25 * std::exp(-kSlowRate * since);
}

struct Use {
  std::string id;
  std::string title;
  std::string summary;
  bool clinical;
  std::string substance;
  std::string analyte;
  std::string site;
  std::string route;
  std::vector<double> session_starts_h;  // within a week
  int doses;                             // in a session
  double spacing_h;
  double time_to_peak_h;
  double peak;        // ng/mL of one dose
  double nominal_mg;  // per session
  double sessions;
  double spread;  // SD of the logarithm over people
};

double concentration(const Use& use, double time_h, double period_h) {
  double sum = 0;
  for (double week = 0; week <= time_h; week += period_h) {
    for (const double start : use.session_starts_h) {
      for (int dose = 0; dose < use.doses; ++dose) {
        sum += use.peak * pulse(time_h - week - start - dose * use.spacing_h, use.time_to_peak_h);
      }
    }
  }
  return sum;
}

study::Curve curve(double end_h, double step_h, double spread, const std::function<double(double)>& median) {
  study::Curve result;
  for (double time_h = 0; time_h <= end_h + 1e-9; time_h += step_h) {
    const double value = median(time_h);
    result.time_h.push_back(time_h);
    result.median.push_back(value);
    result.p5.push_back(value * std::exp(-1.645 * spread));
    result.p95.push_back(value * std::exp(1.645 * spread));
  }
  return result;
}

study::Histogram histogram(double median, double spread) {
  study::Histogram result;
  const int bins = 40;
  for (int i = 0; i <= bins; ++i) result.edges.push_back(median * std::exp((i - bins / 2) * 0.16 * spread));
  for (int i = 0; i < bins; ++i) {
    const double z = (i + 0.5 - bins / 2.0) * 0.16;
    result.counts.push_back(static_cast<std::uint64_t>(64 * std::exp(-z * z / 2)));
  }
  return result;
}

Metric metric(MetricId id, std::string key, std::string title, std::string unit, std::string basis, double median,
              double spread) {
  Metric result;
  result.id = id;
  result.key = std::move(key);
  result.title = std::move(title);
  result.unit = std::move(unit);
  result.basis = std::move(basis);
  result.people = study::BetweenPeople{median, median * std::exp(-1.645 * spread), median * std::exp(1.645 * spread),
                                       median * std::exp(spread * spread / 2)};
  result.typical = median * 0.98;
  return result;
}

std::vector<Metric> metrics_of(const Use& use, double auc_per_session) {
  const std::string basis = use.substance == "esketamine" ? "S-ketamine base" : "racemic ketamine base";
  const std::string of = use.analyte + " in plasma (" + use.site + ")";
  const double year = use.nominal_mg * use.sessions;
  std::vector<Metric> metrics{
      metric(MetricId::kNominalPerSession, "nominal_mg_per_session", "nominal dose a session", "mg", "product as given",
             use.nominal_mg, 0),
      metric(MetricId::kNominalPerYear, "nominal_mg_per_year", "nominal dose a year", "mg", "product as given", year,
             0),
      metric(MetricId::kBasePerYear, "base_mg_per_year", "base dose a year", "mg", basis, year * 0.867, 0.02),
      metric(MetricId::kSystemicPerYear, "systemic_mg_per_year", "dose that reaches the circulation, a year", "mg",
             basis, year * 0.4, 0.2),
      metric(MetricId::kPeakPerSession, "peak_per_session", "peak concentration of a session", "ng/mL", of,
             use.peak * (use.doses > 1 ? 2.1 : 1), use.spread),
      metric(MetricId::kAucPerSession, "auc_per_session", "AUC of a session", "ng.h/mL", of, auc_per_session,
             use.spread),
      metric(MetricId::kAucPerYear, "auc_per_year", "AUC a year", "ng.h/mL", of, auc_per_session * use.sessions,
             use.spread),
      metric(MetricId::kHoursAboveLevel, "hours_above.psychedelic-c50",
             "hours a year above 121 ng/mL (C50 of the psychedelic effect)", "h", "S-ketamine, arterial plasma",
             use.sessions * 0.7, use.spread),
  };
  if (!use.clinical) {
    for (std::size_t i = 2; i < metrics.size(); ++i) {
      metrics[i].inputs = study::OverInputs{*metrics[i].typical, *metrics[i].typical * 0.55, *metrics[i].typical * 1.6};
    }
  }
  return metrics;
}

void bridge_or_refuse(Metric& hours, const Use& use) {
  if (use.analyte == "ketamine") {
    hours.notes = {"S-ketamine is taken as half of the racemic concentration (equal disposition of both enantiomers).",
                   "Pooled arterial and venous plasma stands for arterial plasma: an assumption; arterial peaks run "
                   "higher during and shortly after an infusion."};
    return;
  }
  hours.people.reset();
  hours.typical.reset();
  hours.inputs.reset();
  hours.reason = "the model gives S-ketamine of unstated site and no bridge leads from there to arterial plasma";
}

std::vector<study::Factor> factors_of(const Use& use) {
  return {
      {"substance", "substance and form", use.substance + (use.clinical ? ", hydrochloride" : ", powder"),
       !use.clinical},
      {"dose", "dose of a session", use.clinical ? "0.5 mg/kg of body weight" : "amount by eye, weighed by no one",
       false},
      {"route", "route", use.route, false},
      {"rate", "rate or duration", use.doses > 1 ? "a bump every 20 min for 6 h" : "once", use.doses > 1},
      {"sessions", "sessions a year", std::to_string(static_cast<int>(use.sessions)), false},
      {"setting", "setting", use.clinical ? "certified clinic" : "home, club or street", false},
      {"supervision", "supervision", use.clinical ? "prescriber on site, nurse monitors" : "none", false},
      {"observation", "observation after dose",
       use.clinical ? "at least 2 h, blood pressure and pulse oximetry" : "none", false},
      {"combined_with", "combined with", use.clinical ? "" : "alcohol, MDMA; sometimes benzodiazepines", false},
  };
}

void add_uncertainty_of_street_use(PatternResult& pattern) {
  const double peak = *pattern.metrics[4].typical;
  const double auc = *pattern.metrics[6].typical;
  pattern.sensitivity = {
      {"bioavailability", "0.25 to 0.60", "andrade-2019", auc * 0.6, auc * 1.4, peak * 0.6, peak * 1.4},
      {"purity", "0.5 to 0.95", "assumption", auc * 0.66, auc * 1.2, peak * 0.66, peak * 1.2},
  };
  pattern.assumptions.push_back("Purity of street ketamine is taken as 80% (50 to 95%): no distribution was found.");
}

PatternResult result_of(const Use& use) {
  PatternResult pattern;
  pattern.id = use.id;
  pattern.title = use.title;
  pattern.summary = use.summary;
  pattern.clinical = use.clinical;
  pattern.substance = use.substance;
  pattern.sessions = static_cast<std::uint64_t>(use.sessions);
  pattern.administrations = pattern.sessions * static_cast<std::uint64_t>(use.doses);
  pattern.analyte = use.analyte;
  pattern.matrix = "plasma";
  pattern.site = use.site;
  const bool racemic = use.analyte == "ketamine";
  pattern.model.id = racemic ? (use.clinical ? "kamp-2020" : "kamp-2020-intranasal") : "perez-ruixo-2021";
  pattern.model.title = racemic ? (use.clinical ? "Kamp 2020, meta-analysis" : "Intranasal racemate on Kamp 2020")
                                : "Perez-Ruixo 2021, nasal and oral esketamine";
  pattern.model.kind = racemic && !use.clinical ? "assembled" : "published";
  pattern.model.tier = racemic ? (use.clinical ? "V3" : "assembled") : "V1";
  pattern.model.sources = {racemic ? "kamp-2020" : "perez-ruixo-2021"};
  if (racemic) {
    pattern.model.assumptions = {"Variability between people is borrowed from another model."};
  } else {
    pattern.model.defects = {"Noresketamine AUC over 24 h is 1.4 to 1.6 times the published value."};
  }
  pattern.sources = {use.clinical ? "andrade-2017" : "harding-2025"};
  const double session_auc = use.peak * use.doses * 1.9;
  pattern.factors = factors_of(use);
  pattern.metrics = metrics_of(use, session_auc);
  bridge_or_refuse(pattern.metrics.back(), use);
  const auto session_median = [&](double time_h) {
    Use first = use;
    first.session_starts_h = {0};
    return concentration(first, time_h, 1e6);
  };
  pattern.session_curve = curve(12, 0.1, use.spread, session_median);
  pattern.first_days_curve = curve(
      336, 0.5, use.spread, [&](double time_h) { return concentration(use, time_h, use.sessions < 40 ? 336 : 168); });
  pattern.cumulative_auc =
      curve(8736, 168, use.spread, [&](double time_h) { return session_auc * use.sessions * time_h / 8736; });
  pattern.peak_histogram = histogram(pattern.metrics[4].people->median, use.spread);
  pattern.auc_histogram = histogram(pattern.metrics[6].people->median, use.spread);
  pattern.assumptions = {"Salt factor 0.867 (hydrochloride to base)."};
  if (!use.clinical) add_uncertainty_of_street_use(pattern);
  return pattern;
}

std::vector<Use> uses() {
  return {
      {"iv-clinic",
       "Clinic infusion, every two weeks",
       "0.5 mg/kg of racemic ketamine over 40 minutes, supervised, as clinics describe it.",
       true,
       "racemic ketamine",
       "ketamine",
       "mixed",
       "intravenous",
       {10},
       1,
       0,
       0.67,
       253,
       37,
       26,
       0.22},
      {"trial-acute",
       "Trial-style course with maintenance",
       "Twice weekly for three weeks, then once a month: the shape of published trials.",
       true,
       "racemic ketamine",
       "ketamine",
       "mixed",
       "intravenous",
       {10, 82},
       1,
       0,
       0.67,
       250,
       37,
       17,
       0.22},
      {"esketamine-label",
       "Esketamine nasal spray, US label for treatment-resistant depression",
       "56 mg twice weekly, then 84 mg weekly and every two weeks.",
       true,
       "esketamine",
       "S-ketamine",
       "unstated",
       "intranasal",
       {10, 82},
       3,
       0.083,
       0.5,
       36,
       84,
       34,
       0.4},
      {"saturday-400mg",
       "400 mg every Saturday, snorted",
       "The example that is given for heavy weekend use.",
       false,
       "racemic ketamine",
       "ketamine",
       "mixed",
       "intranasal",
       {142},
       4,
       1,
       0.5,
       160,
       400,
       52,
       0.45},
      {"weekend-bumps",
       "A weekend night of bumps, every 20 minutes for six hours",
       "Small amounts all night; the amount of a bump is an assumption with a range.",
       false,
       "racemic ketamine",
       "ketamine",
       "mixed",
       "intranasal",
       {142},
       18,
       1.0 / 3,
       0.4,
       38,
       540,
       52,
       0.5},
      {"daily-2g",
       "Daily use of 2 g, as in a sample with ketamine use disorder",
       "The average of a published sample; four times a day.",
       false,
       "racemic ketamine",
       "ketamine",
       "mixed",
       "intranasal",
       {12, 36, 60, 84, 108, 132, 156},
       4,
       3,
       0.5,
       330,
       2000,
       364,
       0.55},
  };
}

void add_ratios(Comparison& comparison) {
  const PatternResult& first = comparison.patterns.front();
  for (PatternResult& pattern : comparison.patterns) {
    for (std::size_t i = 0; i < pattern.metrics.size(); ++i) {
      Metric& metric = pattern.metrics[i];
      if (!metric.people) continue;
      if (pattern.analyte == first.analyte) {
        metric.ratio_to_first.value = metric.people->median / first.metrics[i].people->median;
      } else {
        metric.ratio_to_first.reason =
            i < 4 ? "S-ketamine, not racemate"
                  : "the first pattern counts racemic ketamine (R and S together) and this one S-ketamine alone; a "
                    "ratio would compare two different things";
      }
    }
  }
}

study::Manifest example_manifest() {
  study::Manifest manifest;
  manifest.program_version = "0.1.0";
  manifest.command =
      "racemate compare iv-clinic trial-acute esketamine-label saturday-400mg weekend-bumps daily-2g "
      "--subjects 1000 --days 364 --seed 1 --weight 70";
  manifest.simd_tier = "AVX2";
  manifest.seed = 1;
  manifest.subjects = 1000;
  manifest.studies = 200;
  manifest.days = 364;
  manifest.cohort = "adults";
  manifest.overrides = {"weight = 70 kg"};
  manifest.quantile_relative_error = 0.005;
  manifest.inputs = {{"model", "kamp-2020", std::string(64, 'a')}, {"pattern", "iv-clinic", std::string(64, 'b')}};
  return manifest;
}

}  // namespace

Comparison example_comparison() {
  Comparison comparison;
  comparison.manifest = example_manifest();
  comparison.cohort_title = "adults with the age, weight and sex distribution of Perez-Ruixo 2021";
  comparison.cohort_assumptions = {"Weight, age and sex are drawn independently of each other."};
  for (const Use& use : uses()) comparison.patterns.push_back(result_of(use));
  comparison.patterns[3].model_spread = {
      {"kamp-2020-intranasal", "ketamine", "mixed", true, 331, 1216, 63200, {}},
      {"domino-1984-intranasal",
       "ketamine",
       "unstated",
       false,
       290,
       910,
       47300,
       {"dose of 400 mg above 50 mg studied"}},
  };
  comparison.patterns[0].model_spread = {
      {"kamp-2020", "ketamine", "mixed", true, 253.1, 415.5, 10803, {}},
      {"herd-anderson-2007",
       "ketamine",
       "venous",
       false,
       253.4,
       388.9,
       10111,
       {"made from children of 1.5 to 14 years"}},
  };
  comparison.patterns[0].observations = {
      {"about 185 ng/mL observed after 0.5 mg/kg over 40 min in one review", 185, 253.1, "andrade-2017", "V3"}};
  comparison.patterns[5].model.outside_domain = {"a session of 2,000 mg is above the 100 mg of the studies used"};
  add_ratios(comparison);
  comparison.notes = {"Nothing here is a safe level: no source gives one."};
  evidence::Level level;
  level.id = "psychedelic-c50";
  level.title = "C50 of the psychedelic effect";
  level.concentration_mg_per_l = 0.121;
  level.low_mg_per_l = 0.093;
  level.high_mg_per_l = 0.150;
  level.analyte = "S-ketamine";
  level.site = evidence::Site::kArterial;
  level.provenance.sources = {"olofsen-2022"};
  level.provenance.tier = evidence::Tier::kV2;
  evidence::Level impairment = level;
  impairment.id = "impairment-50";
  impairment.title = "impairment range";
  impairment.concentration_mg_per_l = 0.05;
  impairment.low_mg_per_l = impairment.high_mg_per_l = 0;
  impairment.analyte = "ketamine";
  impairment.site = evidence::Site::kUnstated;
  comparison.levels = {level, impairment};
  comparison.citations = {
      {"andrade-2017", "Andrade C. J Clin Psychiatry 2017;78:e852.", "10.4088/JCP.17f11738", "", "abstract"},
      {"harding-2025", "Harding RE, et al. Addiction 2025 (ketamine use disorder sample).", "",
       "https://example.org/a?b=1&c=2", "abstract"},
      {"kamp-2020", "Kamp J, et al. Anesthesiology 2020;133:1192–1213.", "10.1097/ALN.0000000000003577", "",
       "abstract; values by two implementations"},
      {"olofsen-2022", "Olofsen E, et al. 2022.", "", "", "abstract"},
      {"perez-ruixo-2021", "Pérez-Ruixo C, et al. Clin Pharmacokinet 2021;60:501–516.", "10.1007/s40262-020-00953-4",
       "", "library transcription"},
  };
  return comparison;
}

Comparison hostile_comparison() {
  Comparison comparison = example_comparison();
  const std::string hostile = kHostileText;
  comparison.cohort_title = hostile;
  comparison.cohort_assumptions = {hostile};
  comparison.notes = {hostile};
  comparison.manifest.command = hostile;
  comparison.manifest.overrides = {hostile};
  comparison.manifest.program_version = hostile;
  comparison.manifest.inputs.push_back({hostile, hostile, hostile});
  for (evidence::Level& level : comparison.levels) level.title = level.id = hostile;
  for (evidence::Citation& citation : comparison.citations) {
    citation.text = citation.doi = citation.read_as = hostile;
    citation.url = "javascript:alert(1)";
  }
  comparison.citations.back().doi.clear();
  for (PatternResult& pattern : comparison.patterns) {
    pattern.title = pattern.id = pattern.summary = hostile;
    pattern.analyte += hostile;
    pattern.model.title = pattern.model.kind = pattern.model.tier = hostile;
    pattern.model.defects = pattern.model.assumptions = pattern.model.outside_domain = {hostile};
    pattern.assumptions = {hostile};
    for (study::Factor& factor : pattern.factors) factor.title = factor.value = hostile;
    for (Metric& metric : pattern.metrics) {
      metric.title = metric.unit = metric.basis = hostile;
      metric.notes = {hostile};
      metric.ratio_to_first = {{}, hostile};
    }
    for (study::SensitivityRow& row : pattern.sensitivity) row.input = row.range = row.source = hostile;
    for (study::ModelSpreadRow& row : pattern.model_spread) row.model = hostile;
    for (study::ObservationRow& row : pattern.observations) row.statement = row.source = row.tier = hostile;
  }
  return comparison;
}

}  // namespace racemate::report
