#include "sys/process.h"

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

}  // namespace ka::sys
