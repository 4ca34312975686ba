#include "racemate/cli/interrupt.h"

#include <csignal>

namespace racemate::cli {
namespace {

// The one global of the program: a signal handler can reach nothing else.
CancelToken& signal_token() {
  static CancelToken token;
  return token;
}

extern "C" void on_signal(int) { signal_token().cancel(); }

}  // namespace

const CancelToken& cancel_on_signals() {
  CancelToken& token = signal_token();  // made before the handler can run
  struct sigaction action{};
  action.sa_handler = on_signal;
  // The second signal finds the default action again: the process ends.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaction(signal, &action, nullptr);
  }
  return token;
}

}  // namespace racemate::cli
