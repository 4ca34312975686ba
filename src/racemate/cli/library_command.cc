#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/report/listing.h"
#include "racemate/report/listing_json.h"
#include "racemate/study/data_folder.h"
#include "racemate/study/library.h"
#include "racemate/study/request.h"

namespace racemate::cli {
namespace {

void append(Diagnostics& all, const Diagnostics& more) { all.insert(all.end(), more.begin(), more.end()); }

template <class Item>
std::vector<Item> values(const std::map<std::string, Item>& items) {
  std::vector<Item> list;
  list.reserve(items.size());
  for (const auto& [id, item] : items) {
    list.push_back(item);
  }
  return list;
}

report::TerminalStyle style_of(const LibraryArguments& arguments, const Console& console) {
  return {.width = table_width(console, arguments.width), .colour = colour_on_output(console)};
}

std::string list(const study::Library& library, const LibraryArguments& arguments, const Console& console) {
  if (arguments.noun == Noun::kModel) {
    const std::vector<model::CompiledModel> models = values(library.models);
    return arguments.json ? report::render_model_list_json(models)
                          : report::render_model_list(models, style_of(arguments, console));
  }
  const std::vector<regimen::Pattern> patterns = values(library.patterns);
  return arguments.json ? report::render_pattern_list_json(patterns)
                        : report::render_pattern_list(patterns, style_of(arguments, console));
}

Result<std::string> show(const study::Library& library, const LibraryArguments& arguments, const Console& console) {
  const std::string& name = arguments.names.front();
  if (arguments.noun == Noun::kModel) {
    const auto model = study::find_model(library, name);
    if (!model) {
      return fail(model.error());
    }
    return arguments.json ? report::render_model_json(*model, library.evidence)
                          : report::render_model(*model, library.evidence, style_of(arguments, console));
  }
  const auto pattern = study::find_pattern(library, name);
  if (!pattern) {
    return fail(pattern.error());
  }
  return arguments.json ? report::render_pattern_json(*pattern, library.evidence)
                        : report::render_pattern(*pattern, library.evidence, style_of(arguments, console));
}

Result<std::string> check_model(const study::Library& library, const std::string& file) {
  const auto model = model::load_model(file, library.evidence);
  if (!model) {
    return fail(model.error());
  }
  return fmt::format("{}: model '{}' is in order: {} parameters, {} compartments, {} routes\n", file, model->id,
                     model->parameters.size(), model->compartments.size(), model->routes.size());
}

// A pattern is in order when a comparison could take it: its calendar can be written out and a model takes its doses.
Result<std::string> check_pattern(const study::Library& library, const std::string& file) {
  // A file in the working folder need not end in .toml to be meant as a file here.
  const std::string path = study::is_path(file) ? file : "./" + file;
  study::CompareOptions options;
  options.patterns = {path};
  const auto request = study::resolve(library, options);
  if (!request) {
    return fail(request.error());
  }
  const study::PatternRequest& found = request->patterns.front();
  return fmt::format(
      "{}: pattern '{}' is in order: {} sessions and {} administrations in a year of 364 days, model {}\n", file,
      found.pattern.id, found.timeline.sessions.size(), found.timeline.administrations.size(), found.model.id);
}

// Every file is judged, whatever the one before it was like.
int check(const study::Library& library, const LibraryArguments& arguments, const Console& console) {
  Diagnostics problems;
  for (const std::string& file : arguments.names) {
    const auto verdict = arguments.noun == Noun::kModel ? check_model(library, file) : check_pattern(library, file);
    if (!verdict) {
      append(problems, verdict.error());
      continue;
    }
    if (const Result<void> printed = print(console, *verdict); !printed) {
      append(problems, printed.error());
    }
  }
  return problems.empty() ? 0 : report_problems(console, problems);
}

}  // namespace

int run_library(const LibraryArguments& arguments, const Console& console) {
  const auto folder = study::find_data_folder(study::data_folder_places());
  if (!folder) {
    return report_problems(console, folder.error());
  }
  const auto library = study::load_library(*folder);
  if (!library) {
    return report_problems(console, library.error());
  }
  if (arguments.verb == Verb::kCheck) {
    return check(*library, arguments, console);
  }
  const Result<std::string> text = arguments.verb == Verb::kList
                                       ? Result<std::string>(list(*library, arguments, console))
                                       : show(*library, arguments, console);
  if (!text) {
    return report_problems(console, text.error());
  }
  const Result<void> printed = print(console, *text);
  return printed ? 0 : report_problems(console, printed.error());
}

}  // namespace racemate::cli
