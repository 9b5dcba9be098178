#include "sys/stream_socket.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "sys/system_error.h"

namespace ka::sys {

namespace {

constexpr size_t kPiece = 65536;
/// In one turn of the event loop: others have work too.
constexpr int kPieces = 16;

}  // namespace

std::pair<UniqueFd, UniqueFd> socket_pair(int type) {
  int ends[2];
  checked(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), "socketpair");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

StreamSocket::StreamSocket(int fd) : fd_(fd) {
  const int flags = checked(::fcntl(fd, F_GETFL), "fcntl");
  checked(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "fcntl");
  checked(::fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl");
}

bool StreamSocket::read(const std::function<void(std::span<const uint8_t>)>& take) {
  std::string piece(kPiece, '\0');
  for (int i = 0; i < kPieces; ++i) {
    const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    take({reinterpret_cast<const uint8_t*>(piece.data()), static_cast<size_t>(got)});
    if (static_cast<size_t>(got) < piece.size()) return true;
  }
  return true;
}

void StreamSocket::send(std::string_view bytes) {
  unsent_.append(bytes);
  write();
}

void StreamSocket::write() {
  while (waiting() > 0) {
    const ssize_t sent = ::send(fd_.get(), unsent_.data() + sent_, waiting(), MSG_NOSIGNAL);
    if (sent >= 0) {
      sent_ += static_cast<size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return;
    // Nobody will read it; the end of the connection is told by read().
    break;
  }
  unsent_ = {};
  sent_ = 0;
}

}  // namespace ka::sys
