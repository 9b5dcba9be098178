// SPDX-License-Identifier: MIT
// The readiness protocol of sd_notify(3): one datagram to a unix socket, which Node cannot send.
#pragma once

#include <string>

namespace ka::sys {

/// `socket` is the value of NOTIFY_SOCKET: a path, or '@' and an abstract name. Never blocks. Throws
/// SystemError (EINVAL for an address that is neither, ENAMETOOLONG, ENOENT, ECONNREFUSED, EAGAIN when the
/// receiver does not keep up).
void send_notify(const std::string& socket, const std::string& text);

}  // namespace ka::sys
