#include "racemate/study/library.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "racemate/core/digest.h"
#include "racemate/core/document.h"

namespace racemate::study {

namespace {

namespace fs = std::filesystem;

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

void append(Diagnostics& all, Diagnostics more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// The .toml files of a folder by name, so that every machine reads them in one order.
std::vector<std::string> toml_files(const fs::path& folder, Diagnostics& problems) {
  std::vector<std::string> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
  }
  if (error) {
    problems.push_back({ErrorCode::kFileUnreadable,
                        {folder.string()},
                        "cannot list the folder: " + error.message(),
                        "a folder of .toml files",
                        {}});
  }
  std::sort(files.begin(), files.end());
  return files;
}

template <class T>
void load_folder(const fs::path& folder, const std::function<Result<T>(const std::string&)>& load,
                 std::map<std::string, T>& into, Diagnostics& problems) {
  for (const std::string& file : toml_files(folder, problems)) {
    Result<T> loaded = load(file);
    if (!loaded) {
      append(problems, std::move(loaded.error()));
      continue;
    }
    const std::string id = loaded->id;
    if (id != fs::path(file).stem().string()) {
      problems.push_back({ErrorCode::kInconsistent,
                          {file},
                          "the id '" + id + "' is not the name of the file",
                          "one name for both",
                          {}});
      continue;
    }
    into.emplace(id, std::move(*loaded));
  }
}

void read_defaults(const Document& document, Library& library, Diagnostics& problems) {
  TableReader root(document.root, "defaults", problems);
  const std::vector<std::string> patterns = keys(library.patterns);
  const std::vector<std::string> models = keys(library.models);
  root.required_choice("schema", {"racemate-defaults/1"});
  library.default_cohort = root.required_choice("cohort", keys(library.cohorts));
  library.default_patterns = root.optional_strings("patterns");
  for (const std::string& id : library.default_patterns) {
    if (library.patterns.contains(id)) continue;
    root.problem("patterns", ErrorCode::kUnknownName, "no pattern '" + id + "'", "bundled patterns",
                 suggest_name(id, patterns));
  }
  for (const Node* node : root.optional_tables("model")) {
    TableReader table(*node, "default model", problems);
    DefaultModel choice;
    choice.substance = table.required_choice("substance", model::substance_names());
    choice.route = table.required_choice("route", model::route_names());
    choice.model = table.required_choice("id", models);
    choice.reason = table.required_string("reason");
    table.finish();
    library.default_models.push_back(std::move(choice));
  }
  root.finish();
}

template <class T>
Result<T> find_bundled(const std::map<std::string, T>& bundled, const std::string& name, const std::string& kind) {
  const auto found = bundled.find(name);
  if (found != bundled.end()) return found->second;
  return fail(Diagnostic{ErrorCode::kUnknownName,
                         {},
                         "no " + kind + " '" + name + "'",
                         "a bundled id, or a path with '/' or '.toml' in it",
                         suggest_name(name, keys(bundled))});
}

}  // namespace

std::vector<std::string> Library::model_ids() const { return keys(models); }
std::vector<std::string> Library::pattern_ids() const { return keys(patterns); }
std::vector<std::string> Library::cohort_ids() const { return keys(cohorts); }

Result<Library> load_library(const std::string& data_folder) {
  Library library;
  library.data_folder = data_folder;
  Diagnostics problems;
  const fs::path root(data_folder);
  Result<evidence::Library> evidence = evidence::load_library((root / "evidence").string());
  if (!evidence) return fail(std::move(evidence.error()));
  library.evidence = std::move(*evidence);
  for (const std::string& file : toml_files(root / "evidence", problems)) {
    const Result<std::string> text = read_file(file);
    if (text) library.evidence_sha256[fs::path(file).filename().string()] = sha256_hex(*text);
  }
  load_folder<model::CompiledModel>(
      root / "models", [&](const std::string& file) { return model::load_model(file, library.evidence); },
      library.models, problems);
  load_folder<regimen::Pattern>(
      root / "patterns", [&](const std::string& file) { return regimen::load_pattern(file, library.evidence); },
      library.patterns, problems);
  load_folder<population::Cohort>(
      root / "cohorts", [&](const std::string& file) { return population::load_cohort(file, library.evidence); },
      library.cohorts, problems);
  const Result<Document> defaults = read_document((root / "defaults.toml").string());
  if (!defaults) {
    append(problems, defaults.error());
  } else {
    read_defaults(*defaults, library, problems);
  }
  if (!problems.empty()) return fail(std::move(problems));
  return library;
}

bool is_path(std::string_view name) { return name.find('/') != std::string_view::npos || name.ends_with(".toml"); }

Result<regimen::Pattern> find_pattern(const Library& library, const std::string& name) {
  if (is_path(name)) return regimen::load_pattern(name, library.evidence);
  return find_bundled(library.patterns, name, "pattern");
}

Result<population::Cohort> find_cohort(const Library& library, const std::string& name) {
  if (is_path(name)) return population::load_cohort(name, library.evidence);
  return find_bundled(library.cohorts, name, "cohort");
}

Result<model::CompiledModel> find_model(const Library& library, const std::string& name) {
  if (is_path(name)) return model::load_model(name, library.evidence);
  return find_bundled(library.models, name, "model");
}

}  // namespace racemate::study
