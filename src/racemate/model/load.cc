#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "racemate/core/digest.h"
#include "racemate/model/compiler.h"

namespace racemate::model {
namespace {

std::vector<std::string> models_beside(const std::filesystem::path& folder) {
  std::vector<std::string> ids;
  std::error_code ignored;
  for (auto entry = std::filesystem::directory_iterator(folder, ignored);
       !ignored && entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    if (entry->path().extension() == ".toml") {
      ids.push_back(entry->path().stem().string());
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// The model that `description` extends, merged into it.
struct Base {
  std::string text;      // of its file, for the digest; "" when there is none
  bool missing = false;  // it could not be read, so that the whole model cannot be judged
};
Base extend(const std::string& file, const evidence::Library& evidence, Description& description,
            Diagnostics& diagnostics) {
  if (description.extends.empty()) {
    return {};
  }
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  const auto no_such_model = [&](const std::string& why) {
    diagnostics.push_back({ErrorCode::kUnknownName, description.extends_where,
                           fmt::format("cannot build on '{}': {}", description.extends, why),
                           "the id of a model in the same folder",
                           suggest_name(description.extends, models_beside(folder.empty() ? "." : folder))});
    return Base{.text = {}, .missing = true};
  };
  if (!is_model_id(description.extends)) {
    return no_such_model("not a model id");
  }
  Result<Document> document = read_document((folder / (description.extends + ".toml")).string());
  if (!document) {
    if (document.error().front().code == ErrorCode::kFileUnreadable) {
      return no_such_model(document.error().front().message);
    }
    diagnostics.insert(diagnostics.end(), document.error().begin(), document.error().end());
    return {.text = {}, .missing = true};
  }
  Description base = read_description(*document, evidence, diagnostics);
  if (!base.extends.empty()) {
    return no_such_model(fmt::format("it builds on '{}' itself", base.extends));
  }
  merge_base(std::move(base), description, diagnostics);
  return {.text = std::move(document->text), .missing = false};
}

}  // namespace

Result<CompiledModel> compile_model(const Document& document, const std::string& file,
                                    const evidence::Library& evidence) {
  Diagnostics diagnostics;
  Description description = read_description(document, evidence, diagnostics);
  const Base base = extend(file, evidence, description, diagnostics);
  CompiledModel model;
  if (!base.missing) {
    model = Compiler(description, diagnostics).compile();
  }
  if (!diagnostics.empty()) {
    const std::string& own = document.root.where().file;
    for (Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.where.file.empty()) {
        diagnostic.where.file = own;
      }
    }
    const auto place = [&](const Diagnostic& diagnostic) {
      const SourcePosition& where = diagnostic.where;
      return std::tuple(where.file != own, std::string_view(where.file), where.line, where.column);
    };
    std::stable_sort(diagnostics.begin(), diagnostics.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
    return fail(std::move(diagnostics));
  }
  model.file = file;
  model.sha256 = base.text.empty() ? document.sha256 : sha256_hex(document.text + base.text);
  return model;
}

Result<CompiledModel> load_model(const std::string& path, const evidence::Library& evidence) {
  Result<Document> document = read_document(path);
  if (!document) {
    return fail(std::move(document.error()));
  }
  return compile_model(*document, path, evidence);
}

}  // namespace racemate::model
