// SPDX-License-Identifier: MIT
#include "sys/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "sys/system_error.h"
#include "sys/unique_fd.h"

namespace ka::sys {

void send_notify(const std::string& socket, const std::string& text) {
  const bool abstract = socket.starts_with('@');
  if (socket.size() < 2 || (!abstract && socket[0] != '/')) throw SystemError(EINVAL, "sendto", socket);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) throw SystemError(ENAMETOOLONG, "sendto", socket);
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (abstract) address.sun_path[0] = '\0';
  // The length is part of an abstract name: a trailing zero byte would name another socket.
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size() + (abstract ? 0 : 1));
  const UniqueFd fd(checked(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const auto sent = ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size);
  if (sent < 0) throw SystemError(errno, "sendto", socket);
}

}  // namespace ka::sys
