#include "sys/process.h"

#include <signal.h>
#include <sys/prctl.h>

#include "sys/system_error.h"

namespace ka::sys {

void set_parent_death_signal(int signal) {
  checked(::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal), 0, 0, 0), "prctl",
          "PR_SET_PDEATHSIG");
}

void set_child_subreaper(bool on) {
  checked(::prctl(PR_SET_CHILD_SUBREAPER, on ? 1UL : 0UL, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
}

void set_process_name(const std::string& name) {
  checked(::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0), "prctl", "PR_SET_NAME");
}

void outlive_unused_signals() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  nothing.sa_flags = SA_RESTART;
  for (const int signal : {SIGQUIT, SIGALRM, SIGVTALRM, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ}) {
    checked(::sigaction(signal, &nothing, nullptr), "sigaction");
  }
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    checked(::sigaction(signal, &nothing, nullptr), "sigaction");
  }
}

}  // namespace ka::sys
