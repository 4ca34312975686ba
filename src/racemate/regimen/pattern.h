// A pattern of use or a protocol: what is taken, how much, by which route, when, where and with what; from a TOML file.
//
// Patterns describe exposure for assessment and education. Nothing here searches for, ranks or recommends a dose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/document.h"
#include "racemate/core/time.h"
#include "racemate/evidence/evidence.h"

namespace racemate::regimen {

// Mass of ketamine base in one unit mass of hydrochloride: 237.73 / 274.19 g/mol.
inline constexpr double kBasePerHydrochloride = 0.8670;

// Limits of a pattern file. They catch slips of unit and keep every later loop short.
inline constexpr double kLargestAdministration_mg = 10'000;      // far above any amount reported for one intake
inline constexpr double kLargestAdministration_mg_per_kg = 100;  // 7 g at 70 kg
inline constexpr double kLargestCv = 2;                          // of a mean-one log-normal factor
inline constexpr double kLongestSession_h = 24.0 * 30;           // first start to last end
inline constexpr double kShortestBump_h = 1.0 / 3600;            // spacing that `for` may be divided by
inline constexpr std::int64_t kMaxUnits = 10'000;                // administrations in one session
inline constexpr std::int64_t kMaxWeek = 5'200;                  // 100 years
inline constexpr std::size_t kMaxDoses = 16;                     // the identity of a dose's draw has 4 bits for it
inline constexpr std::size_t kMaxPhases = 64;

enum class Form { kBase, kHydrochloride };

// A quantity that someone may not know exactly. The central value describes the typical person; each kind of variation
// is drawn once at its own level and held below it.
struct UncertainQuantity {
  std::string name;     // "dose", "purity", "rest": unique in the pattern
  double value = 0;     // internal units
  std::string written;  // as in the file, for tables
  evidence::Provenance provenance;
  std::optional<evidence::InputRange> range;  // uncertainty of our knowledge: one draw per study
  // Coefficients of variation of mean-one log-normal factors.
  double cv_between_people = 0;
  double cv_between_occasions = 0;
  double cv_between_doses = 0;
};

enum class DoseKind { kMilligrams, kMilligramsPerKilogram };

// How else the total of a session may have been divided. Nobody measured it, so it is kept as a range of scenarios.
struct UnitsRange {
  std::int64_t low = 1;
  std::int64_t high = 1;
  evidence::Provenance provenance;
};

// What one session consists of, as product: `units` administrations of `amount`, `spacing` apart.
struct SessionDose {
  std::string name;  // of the dose rule; "dose" when the pattern has one
  DoseKind kind = DoseKind::kMilligrams;
  UncertainQuantity amount;               // of one administration: mg, or mg per kg of body weight
  std::int64_t units = 1;                 // administrations in the session (devices, bumps, infusions)
  Duration spacing;                       // between the starts of consecutive administrations
  Duration duration;                      // of one administration; zero: the route's own absorption decides
  std::optional<double> cap_mg;           // no administration above this (dose rules with a ceiling)
  std::optional<UnitsRange> units_range;  // see divided_otherwise()
  evidence::Provenance provenance;        // of duration, spacing and, where it has none of its own, the amount
  SourcePosition where;
};

// Central amount of one administration as product (mg), with the cap.
[[nodiscard]] double nominal_mg(const SessionDose& dose, double weight_kg);
// From the start of the first administration to the end of the last.
[[nodiscard]] Duration session_length(const SessionDose& dose);

// Days on which sessions happen.
struct Phase {
  std::string name;
  std::int64_t first_week = 1;            // from 1
  std::optional<std::int64_t> last_week;  // inclusive; absent: to the end of the horizon
  // Exactly one of the two:
  std::vector<int> weekdays;        // 0 Monday .. 6 Sunday
  std::int64_t every_days = 0;      // first session on the first day of the phase
  std::int64_t every_weeks = 1;     // with weekdays: every n-th week of the phase
  std::int64_t sessions_limit = 0;  // stop after this many in the phase; 0: no limit
  std::size_t dose = 0;             // index into Pattern::doses
  evidence::Provenance provenance;  // of the calendar
  SourcePosition where;
};

enum class Kind { kClinical, kNonMedical };

struct Pattern {
  std::string id;
  std::string title;
  std::string summary;
  Kind kind = Kind::kClinical;
  std::string substance;  // model::substance_names()
  Form form = Form::kBase;
  evidence::Provenance form_provenance;
  std::string product;       // "solution for infusion", "nasal spray device of 28 mg", "powder"
  UncertainQuantity purity;  // fraction of the product that is the stated substance and form
  std::string route;         // model::route_names()
  std::vector<SessionDose> doses;
  std::vector<Phase> phases;
  Duration session_start;  // time of day
  std::string setting;
  std::string supervision;
  std::string observation;  // after dose, in words, "none" when none
  std::vector<std::string> combined_with;
  std::vector<std::string> assumptions;
  std::vector<std::string> sources;  // citation keys
  std::optional<std::string> model;  // preferred model id
  std::string sha256;
  std::string file;
};

// The same pattern with the session of dose rule `dose` divided into `units` administrations: the total of a session
// and the time over which it is taken (units x spacing) stay. Precondition: 1 <= units <= kMaxUnits.
[[nodiscard]] Pattern divided_otherwise(const Pattern& pattern, std::size_t dose, std::int64_t units);

// Reads a pattern document (docs/pattern-format.md). Errors: every problem of the file at once, among them unknown
// fields, names, units and citation keys, amounts outside the limits above, and phases or sessions that overlap.
[[nodiscard]] Result<Pattern> parse_pattern(const Document& document, const std::string& file,
                                            const evidence::Library& evidence);
[[nodiscard]] Result<Pattern> load_pattern(const std::string& path, const evidence::Library& evidence);

}  // namespace racemate::regimen
