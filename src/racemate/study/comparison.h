// The result of comparing patterns: everything a table, a report or a machine reader needs, and nothing about how it
// is shown. Plain data; `compare()` (compare.h) fills it, the report room renders it.
//
// Conventions: concentrations in ng/mL, amounts in mg, AUC in ng.h/mL, times in h, as named by each unit field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "racemate/evidence/evidence.h"

namespace racemate::study {

// Over people at central inputs, and over inputs for the typical person: two kinds of not knowing, kept apart.
struct BetweenPeople {
  double median = 0;
  double p5 = 0;
  double p95 = 0;
  double mean = 0;
};
struct OverInputs {  // typical person, inputs drawn once per study
  double median = 0;
  double p5 = 0;
  double p95 = 0;
};

// A value of this pattern over the first pattern's, or why there is none.
struct Ratio {
  std::optional<double> value;  // of the typical person's values
  std::string reason;           // set when value is not
};

enum class MetricId {
  kNominalPerSession,  // mg of product
  kNominalPerYear,
  kBasePerYear,      // salt factor and purity applied
  kSystemicPerYear,  // share that reaches the systemic circulation
  kPeakPerSession,   // mean of a person's session peaks
  kHighestPeak,      // highest of the horizon
  kAucPerSession,    // mean over a person's sessions, each up to the next session
  kAucPerYear,
  kHoursAboveLevel,  // one per level
};

struct Metric {
  MetricId id{};
  std::string key;    // "nominal_mg_per_year", "hours_above.psychedelic-c50": stable, for machines
  std::string title;  // "nominal dose a year"
  std::string unit;   // UCUM
  std::string basis;  // what is counted: "racemic ketamine, product as given", "S-ketamine in plasma (venous)"
  // Absent when it could not be computed; then reason says why.
  std::optional<BetweenPeople> people;
  std::optional<double> typical;     // the typical person at central inputs
  std::optional<OverInputs> inputs;  // absent when the pattern has no uncertain input
  std::string reason;
  Ratio ratio_to_first;
  std::vector<std::string> notes;  // bridges and assumptions used, printed with the number
};

// One fact about how the substance is used, as text ("route", "setting", ...).
struct Factor {
  std::string key;
  std::string title;
  std::string value;
  bool assumption = false;
};

// One uncertain input moved to the ends of its range, everything else central, typical person.
struct SensitivityRow {
  std::string input;      // "bioavailability", "purity"
  std::string range;      // "0.05 to 0.30"
  std::string source;     // citation key or "assumption"
  double auc_at_low = 0;  // ng.h/mL a year
  double auc_at_high = 0;
  double peak_at_low = 0;  // ng/mL
  double peak_at_high = 0;
};

// Another model for the same pattern, typical person, central inputs.
struct ModelSpreadRow {
  std::string model;
  std::string analyte;
  std::string site;
  bool used = false;           // the one that the table uses
  double peak = 0;             // ng/mL
  double auc_per_session = 0;  // ng.h/mL
  double auc_per_year = 0;     // ng.h/mL
  std::vector<std::string> outside_domain;
};

struct ObservationRow {
  std::string statement;  // the published number
  double observed = 0;    // ng/mL
  double computed = 0;    // ng/mL, typical person
  std::string source;     // citation key
  std::string tier;
};

struct Curve {  // by time, over people
  std::vector<double> time_h;
  std::vector<double> p5;
  std::vector<double> median;
  std::vector<double> p95;
};

struct Histogram {                    // people per bin; bins are adjacent
  std::vector<double> edges;          // n + 1, in the metric's unit
  std::vector<std::uint64_t> counts;  // n
};

struct ModelUse {
  std::string id;
  std::string title;
  std::string kind;  // "published", "assembled"
  std::string tier;
  std::vector<std::string> defects;
  std::vector<std::string> assumptions;  // structural ones and borrowed variability
  std::vector<std::string> outside_domain;
  std::vector<std::string> sources;  // citation keys
};

struct PatternResult {
  std::string id;
  std::string title;
  std::string summary;
  bool clinical = false;
  std::string substance;
  std::uint64_t sessions = 0;  // in the horizon
  std::uint64_t administrations = 0;
  ModelUse model;
  std::string analyte;  // of concentration metrics
  std::string matrix;
  std::string site;
  std::vector<Factor> factors;  // same keys in the same order for every pattern
  std::vector<Metric> metrics;  // same keys in the same order for every pattern
  std::vector<SensitivityRow> sensitivity;
  std::vector<ModelSpreadRow> model_spread;
  std::vector<ObservationRow> observations;
  Curve session_curve;                   // first session, ng/mL, time from its start
  Curve first_days_curve;                // from hour 0, ng/mL
  Curve cumulative_auc;                  // end of each week, ng.h/mL
  Histogram peak_histogram;              // peak per session, ng/mL
  Histogram auc_histogram;               // AUC a year, ng.h/mL
  std::vector<std::string> assumptions;  // of the pattern, its inputs and its model, each once
  std::vector<std::string> sources;      // citation keys
};

struct ManifestEntry {
  std::string kind;  // "model", "pattern", "cohort", "evidence"
  std::string id;
  std::string sha256;
};

struct Manifest {
  std::string program_version;
  std::string command;    // the command that repeats the run, data files by id
  std::string simd_tier;  // results repeat bit for bit within a tier
  std::uint64_t seed = 0;
  std::uint64_t subjects = 0;
  std::uint64_t studies = 0;  // draws of the uncertain inputs
  double days = 0;
  std::string cohort;
  std::vector<std::string> overrides;  // "weight = 70 kg"
  double quantile_relative_error = 0;  // of the sketches behind medians and percentiles
  std::vector<ManifestEntry> inputs;
};

struct Comparison {
  Manifest manifest;
  std::string cohort_title;
  std::vector<std::string> cohort_assumptions;
  std::vector<PatternResult> patterns;
  std::vector<std::string> notes;  // what the whole table needs said
  std::vector<evidence::Level> levels;
  std::vector<evidence::Citation> citations;  // all that are referred to, by key
};

}  // namespace racemate::study
