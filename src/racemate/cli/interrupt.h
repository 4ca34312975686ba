// Ctrl-C and SIGTERM: ask the run to stop, so that it ends with nothing half-written.
#pragma once

#include "racemate/core/parallel.h"

namespace racemate::cli {

// Installs the handlers, once, at the start of the process, and returns the token that they set. A second signal ends
// the process at once.
[[nodiscard]] const CancelToken& cancel_on_signals();

}  // namespace racemate::cli
