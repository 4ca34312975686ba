// A table of concentrations as CSV text: one line per sample, to profiles for non-compartmental analysis.
//
// Columns are found by name, in any case and order:
//   ID or SUBJECT   required; the lines of a subject stand together
//   TIME            required; ascending within a subject
//   STUDY, REP      of a simulated trial: part of who a subject is
//   the outputs     the columns that the caller names; without names CONC or CONCENTRATION, else DV, else the one
//                   column that is left. A table as simulations write it (ID, TIME, STUDY, REP and concentrations, no
//                   column named below and no usual covariate) is analysed in all its columns. Names are compared
//                   without case. Each output of each subject is a profile.
//   DOSE            amount of the dose, the same on every line of a subject (or missing)
//   AMT             amount of the dose on the one line where it is given, whose TIME is then time 0; 0 elsewhere. RATE
//                   above 0 on that line makes it an infusion of AMT / RATE
//   BLQ             1: below quantification     LLOQ   the lower limit of quantification of the line
//   EVID, MDV       a line with EVID other than 0 or MDV 1 has no concentrations
// CMT, II, ADDL, SS and C are known and not used, but an additional dose (ADDL) is an error. Other columns are ignored.
//
// In cells of an output: a number; `.`, empty or NA is missing; BLQ, BLOQ, BQL, <LLOQ and <LOQ are below
// quantification, and so is <0.5, which says the limit too. In a column DV a line with AMT holds no concentration, as
// in NONMEM. Lines that are empty or begin with '#' or '@' are comments. A byte order mark is skipped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/exposure/nca.h"

namespace racemate::exposure {

inline constexpr std::size_t kMaxNcaTableBytes = 256U << 20U;  // a table is held in memory as a whole
inline constexpr std::size_t kMaxNcaTableProblems = 100;       // of one file; one more says that there are more
inline constexpr std::size_t kMaxNcaTableColumns = 1'000;

// What the table does not say, in the units of its profiles.
struct NcaTableOptions {
  std::vector<std::string> outputs;  // columns; empty: see above
  std::optional<double> dose;        // refused where the table has AMT or DOSE
  std::optional<double> dose_time;   // time 0 of the analysis; absent: of AMT, else 0
  NcaRoute route = NcaRoute::kExtravascular;
  double infusion_duration = 0;
  std::optional<double> lower_limit;  // of quantification, where the line has no LLOQ
};

// In the order of the file; the outputs of a subject in the order that was asked for, else that of the columns. Errors:
// every problem of the text and of its profiles (check_profile), at file:line:column and in that order, at most
// kMaxNcaTableProblems and one that says so. Profiles without any sample are problems too.
[[nodiscard]] Result<std::vector<NcaProfile>> read_nca_table(std::string_view text, const std::string& file,
                                                             const NcaTableOptions& options = {});

// analyse_profile() for all of them; their problems at once, as many as a table may have.
[[nodiscard]] Result<std::vector<NcaResult>> analyse_profiles(const std::vector<NcaProfile>& profiles,
                                                              const NcaUnits& units, const NcaOptions& options);

}  // namespace racemate::exposure
