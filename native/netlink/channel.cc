// SPDX-License-Identifier: MIT
#include "netlink/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netlink/message.h"
#include "sys/system_error.h"

namespace ka::netlink {
namespace {

// One part of a batch: its answers, about 1 KiB of socket memory each, must fit the smallest usual receive
// buffer.
constexpr size_t kPartMessages = 64;
constexpr size_t kPartBytes = 32 * 1024;
// The kernel answers inside send(); this only guards against a kernel that does not answer at all.
constexpr int kAnswerMilliseconds = 2000;
constexpr size_t kDatagram = 32 * 1024;

[[noreturn]] void fail(const char* call) { throw sys::SystemError(errno, call); }

}  // namespace

sys::UniqueFd open_socket(int protocol, uint32_t groups, const ReceiveBuffer& receive_buffer) {
  sys::UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd) fail("socket");
  // The forced form needs CAP_NET_ADMIN in the first user namespace; the other is clipped to rmem_max.
  const auto& [bytes, force] = receive_buffer;
  if (!force || ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  const int on = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
  return fd;
}

Channel::Channel(const ReceiveBuffer& receive_buffer)
    : Channel(open_socket(NETLINK_ROUTE, 0, receive_buffer)) {}

Channel::Channel(sys::UniqueFd socket) : socket_(std::move(socket)) {
  sockaddr_nl own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) fail("getsockname");
  port_ = own.nl_pid;
}

void Channel::execute(Submission& submission) noexcept {
  std::span<uint8_t> rest(submission.bytes);
  std::span<int> errors(submission.errors);
  while (!errors.empty() && rest.size() >= sizeof(nlmsghdr)) {
    size_t bytes = 0;
    size_t count = 0;
    while (count < errors.size() && count < kPartMessages && bytes < kPartBytes &&
           bytes + sizeof(nlmsghdr) <= rest.size()) {
      bytes += NLMSG_ALIGN(read_value<nlmsghdr>(rest.subspan(bytes)).nlmsg_len);
      ++count;
    }
    execute_part(rest.first(std::min(bytes, rest.size())), errors.first(count));
    rest = rest.subspan(std::min(bytes, rest.size()));
    errors = errors.subspan(count);
  }
}

void Channel::execute_part(std::span<uint8_t> requests, std::span<int> errors) noexcept {
  const uint32_t first = sequence_ + 1;
  for (size_t at = 0; at + sizeof(nlmsghdr) <= requests.size();) {
    auto header = read_value<nlmsghdr>(requests.subspan(at));
    header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    header.nlmsg_seq = ++sequence_;
    header.nlmsg_pid = 0;
    std::memcpy(requests.data() + at, &header, sizeof header);
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  std::fill(errors.begin(), errors.end(), ETIMEDOUT);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket_.get(), requests.data(), requests.size(), 0, reinterpret_cast<sockaddr*>(&kernel),
               sizeof kernel) < 0) {
    std::fill(errors.begin(), errors.end(), errno);
    return;
  }
  size_t missing = errors.size();
  std::array<uint8_t, 8192> datagram;
  while (missing > 0) {
    const ssize_t length = ::recv(socket_.get(), datagram.data(), datagram.size(), 0);
    if (length < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) break;  // ENOBUFS: answers are lost, ETIMEDOUT stands for "unknown"
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, kAnswerMilliseconds) <= 0) break;
      continue;
    }
    for_each_message({datagram.data(), static_cast<size_t>(length)},
                     [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
                       // Unsigned: answers to an earlier part that was given up fall outside.
                       const uint32_t index = header.nlmsg_seq - first;
                       if (header.nlmsg_type == NLMSG_ERROR && index < errors.size()) {
                         errors[index] = -read_value<nlmsgerr>(payload).error;
                         --missing;
                       }
                       return missing > 0;
                     });
  }
}

bool Channel::dump(uint16_t type, const Visit& visit) {
  return ask(Writer(type, NLM_F_DUMP, rtgenmsg{AF_UNSPEC}).finish(), visit);
}

bool Channel::dump_routes(uint8_t family, uint8_t protocol, const Visit& visit) {
  // Kernels before 4.20 know no strict checking and send every route: the caller looks at the protocol itself.
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  rtmsg body{};
  body.rtm_family = family;
  body.rtm_protocol = protocol;
  const bool consistent = ask(Writer(RTM_GETROUTE, NLM_F_DUMP, body).finish(), visit);
  ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &off, sizeof off);
  return consistent;
}

bool Channel::ask(std::vector<uint8_t> request, const Visit& visit) {
  auto own = read_value<nlmsghdr>(request);
  own.nlmsg_flags |= NLM_F_REQUEST | ((own.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? 0 : NLM_F_ACK);
  own.nlmsg_seq = ++sequence_;
  std::memcpy(request.data(), &own, sizeof own);
  if (::send(socket_.get(), request.data(), request.size(), 0) < 0) fail("send");
  std::vector<uint8_t> datagram(kDatagram);
  bool consistent = true;
  for (bool more = true; more;) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, kAnswerMilliseconds) <= 0) {
      errno = ETIMEDOUT;
      fail("netlink request");
    }
    const ssize_t length = ::recv(socket_.get(), datagram.data(), datagram.size(), 0);
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (length < 0) fail("recv");
    for_each_message({datagram.data(), static_cast<size_t>(length)},
                     [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
                       if (header.nlmsg_seq != own.nlmsg_seq) return true;
                       if (header.nlmsg_flags & NLM_F_DUMP_INTR) consistent = false;
                       if (header.nlmsg_type == NLMSG_DONE) {
                         more = false;
                       } else if (header.nlmsg_type == NLMSG_ERROR) {
                         errno = -read_value<nlmsgerr>(payload).error;
                         if (errno != 0) fail("netlink request");
                         more = false;
                       } else {
                         visit(header, payload);
                       }
                       return more;
                     });
  }
  return consistent;
}

}  // namespace ka::netlink
