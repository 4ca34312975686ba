#include "racemate/model/model_fixture_test.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "racemate/core/check.h"
#include "racemate/model/moving_fixture_test.h"

namespace racemate::model::testing {

namespace {

std::string replaced(std::string text, std::string_view old_text, std::string_view new_text) {
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << "the test changes nothing: " << old_text;
  return at == std::string::npos ? text : text.replace(at, old_text.size(), new_text);
}

}  // namespace

std::string small_model_with(std::string_view old_text, std::string_view new_text) {
  return replaced(std::string(kSmallModel), old_text, new_text);
}
std::string moving_model_with(std::string_view old_text, std::string_view new_text) {
  return replaced(std::string(kMovingModel), old_text, new_text);
}

evidence::Library small_library() {
  evidence::Library library;
  for (const char* key : {"a-2020", "b-2020"}) library.citations[key] = {key, "text", "", "", "abstract"};
  return library;
}

Result<CompiledModel> compile_text(const std::string& text) {
  Result<Document> document = parse_document(text, "m.toml");
  if (!document) return fail(std::move(document.error()));
  return compile_model(*document, "m.toml", small_library());
}

std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> lines;
  const Result<CompiledModel> model = compile_text(text);
  if (model) return lines;
  for (const Diagnostic& diagnostic : model.error()) {
    lines.push_back(fmt::format("{}:{} {} {} ({}; {})", diagnostic.where.line, diagnostic.where.column,
                                error_info(diagnostic.code).name, diagnostic.message, diagnostic.expected,
                                diagnostic.hint));
  }
  return lines;
}

double value_of(const CompiledModel& model, std::size_t slot, const Person& person) {
  expr::Frame frame(model.program.slots, expr::kLaneMultiple);
  for (const Parameter& parameter : model.parameters) frame.fill(parameter.theta_slot, parameter.value);
  for (const Covariate& covariate : model.covariates) frame.fill(covariate.slot, covariate.reference);
  frame.fill(model.dose_amount_slot, person.dose_mg);
  frame.fill(model.dose_number_slot, person.dose_number);
  frame.fill(model.session_amount_slot, person.dose_mg * person.dose_number);
  for (const auto& [name, value] : person.set) {
    const expr::Symbol* symbol = model.symbols.find(name);
    RACEMATE_CHECK(symbol != nullptr, "the test sets a symbol that exists");
    frame.fill(symbol->slot, value);
  }
  expr::evaluate(model.program, frame, expr::Level::kConstant, expr::Level::kDose);
  return frame.slot(slot)[0];
}

double value_of(const CompiledModel& model, std::string_view name, const Person& person) {
  const expr::Symbol* symbol = model.symbols.find(name);
  RACEMATE_CHECK(symbol != nullptr, "the test asks for a symbol that exists");
  return value_of(model, symbol->slot, person);
}

CompiledModel shipped(const std::string& id) {
  const Result<evidence::Library> library = evidence::load_library(RACEMATE_SOURCE_DIR "/evidence");
  RACEMATE_CHECK(library.has_value(), "the shipped evidence loads");
  Result<CompiledModel> model = load_model(RACEMATE_SOURCE_DIR "/models/" + id + ".toml", *library);
  if (!model) {
    for (const Diagnostic& diagnostic : model.error()) ADD_FAILURE() << to_string(diagnostic);
    return {};
  }
  return std::move(*model);
}

}  // namespace racemate::model::testing
