// The system log through the C library, which knows its socket, its framing and how to reconnect.
#pragma once

#include <string>

namespace ka::sys {

/// openlog(3) with LOG_PID. facility: 0..23, not shifted (LOG_DAEMON is 3). May be called again to change
/// either.
void open_system_log(const std::string& ident, int facility);

/// priority: LOG_EMERG 0 .. LOG_DEBUG 7. The text is sent as it is, percent signs included.
void write_system_log(int priority, const std::string& text);

}  // namespace ka::sys
