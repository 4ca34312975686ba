// Any bytes as a model file: a compiled model or a list of problems, never a crash.
#include <cstddef>
#include <cstdint>

#include "fuzz_support.h"
#include "racemate/core/document.h"
#include "racemate/model/model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace racemate;
  const auto document = parse_document(std::string(reinterpret_cast<const char*>(data), size), "model.toml");
  if (!document) {
    fuzz::check_refusal(document.error());
    return 0;
  }
  const auto model = model::compile_model(*document, "model.toml", fuzz::shipped_evidence());
  if (!model) {
    fuzz::check_refusal(model.error());
    return 0;
  }
  expr::Frame frame(model->program.slots, expr::kLaneMultiple);
  expr::evaluate(model->program, frame, expr::Level::kConstant, expr::Level::kJacobian);
  return 0;
}
