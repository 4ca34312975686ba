// Where the shipped data are: the folder that holds models/, patterns/, cohorts/ and evidence/.
#pragma once

#include <string>

#include "racemate/core/diagnostic.h"

namespace racemate::study {

// The places that are looked at, in this order. Empty ones are skipped.
struct DataFolderPlaces {
  std::string environment;  // value of RACEMATE_DATA: who sets it means it, so a wrong one is an error, never ignored
  std::string installed;    // <folder of the program>/../share/racemate
  std::string source_tree;  // the checkout that the program was built from
};

// The places of this process.
[[nodiscard]] DataFolderPlaces data_folder_places();

// The first place that holds the four folders. Error: kFileUnreadable, naming the places and RACEMATE_DATA.
[[nodiscard]] Result<std::string> find_data_folder(const DataFolderPlaces& places);

}  // namespace racemate::study
