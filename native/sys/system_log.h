// SPDX-License-Identifier: MIT
// The system log: one datagram a line to /dev/log, in the C library's format, but never waiting. syslog(3) blocks while
// the reader is slow, and a log must not stop the event loop.
#pragma once

#include <string>

namespace ka::sys {

/// Who logs: `ident[pid]:` before every line. facility: 0..23, not shifted (LOG_DAEMON is 3). May be called again to
/// change either. `to_console`: lines that find no log daemon go to the system console instead (LOG_CONS).
void open_system_log(const std::string& ident, int facility, bool to_console);

/// priority: LOG_EMERG 0 .. LOG_DEBUG 7; epoch: seconds since 1970 for the stamp. The text is sent as it is, cut at a
/// zero byte and at 8 KiB. false: nobody listens or the reader is behind; try again later.
bool write_system_log(int priority, const std::string& text, long long epoch);

}  // namespace ka::sys
