#include "sys/system_log.h"

#include <syslog.h>

#include <array>
#include <cstring>

namespace ka::sys {

namespace {

// openlog keeps the pointer and every thread may log through it, so the text lives for ever and has no
// destructor.
std::array<char, 64> ident_text{};

}  // namespace

void open_system_log(const std::string& ident, int facility) {
  ::closelog();
  std::strncpy(ident_text.data(), ident.c_str(), ident_text.size() - 1);
  ::openlog(ident_text.data(), LOG_PID, facility << 3);
}

void write_system_log(int priority, const std::string& text) { ::syslog(priority, "%s", text.c_str()); }

}  // namespace ka::sys
