// A pattern of use or a protocol: what is taken, how much, by which route, when, where and with what; from a TOML file.
//
// Patterns describe exposure for assessment and education. Nothing here searches for, ranks or recommends a dose.
#pragma once

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

// What one session consists of, as product: `units` administrations of `amount`, `spacing` apart.
struct SessionDose {
  DoseKind kind = DoseKind::kMilligrams;
  UncertainQuantity amount;      // of one administration: mg, or mg per kg of body weight
  std::int64_t units = 1;        // administrations in the session (devices, bumps, infusions)
  Duration spacing;              // between the starts of consecutive administrations
  Duration duration;             // of one administration; zero: the route's own absorption decides
  std::optional<double> cap_mg;  // no administration above this (dose rules with a ceiling)
};

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

[[nodiscard]] Result<Pattern> parse_pattern(const Document& document, const std::string& file,
                                            const evidence::Library& evidence);
[[nodiscard]] Result<Pattern> load_pattern(const std::string& path, const evidence::Library& evidence);

}  // namespace racemate::regimen
