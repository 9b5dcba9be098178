// SPDX-License-Identifier: MIT
#include "engine/frame_listener.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/system_error.h"

namespace ka::engine {
namespace {

/// Between two full batches: some thousand frames a second are looked at, whatever is sent.
constexpr long kPauseNs = 20'000'000;
/// An Ethernet payload; what is listened for is shorter.
constexpr size_t kBuffer = 1536;

void attach(const sys::UniqueFd& fd, std::span<const sock_filter> program) {
  // The kernel reads it and nothing else.
  const sock_fprog given{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  sys::checked(::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof given), "setsockopt",
               "SO_ATTACH_FILTER");
}

sys::UniqueFd open_socket(int32_t ifindex, uint16_t ethertype, std::span<const sock_filter> program) {
  // Protocol 0 until the filter is there: nothing of other interfaces gets in.
  sys::UniqueFd fd(sys::checked(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket",
                                "AF_PACKET"));
  attach(fd, program);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ethertype);
  where.sll_ifindex = ifindex;
  sys::checked(::bind(fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), "bind");
  return fd;
}

void watch_for_input(int operation, const sys::UniqueFd& epoll, const sys::UniqueFd& fd, void* what, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = what;
  sys::checked(::epoll_ctl(epoll.get(), operation, fd.get(), &event), "epoll_ctl");
}

}  // namespace

FrameListener::FrameListener()
    : outer_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      sockets_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      pause_(sys::checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")) {
  watch_for_input(EPOLL_CTL_ADD, outer_, sockets_, &sockets_, EPOLLIN);
  watch_for_input(EPOLL_CTL_ADD, outer_, pause_, &pause_, EPOLLIN);
}

void FrameListener::listen(int32_t ifindex, uint8_t family, uint16_t ethertype, std::span<const sock_filter> filter) {
  const std::pair place{ifindex, family};
  const auto found = by_interface_.find(place);
  if (found != by_interface_.end()) {
    attach(found->second.fd, filter);
    return;
  }
  Socket socket{open_socket(ifindex, ethertype, filter), ifindex, family};
  Socket& kept = by_interface_.emplace(place, std::move(socket)).first->second;
  watch_for_input(EPOLL_CTL_ADD, sockets_, kept.fd, &kept, EPOLLIN);
}

void FrameListener::read(const Visit& visit) {
  if (resting_) {
    uint64_t expirations = 0;
    if (::read(pause_.get(), &expirations, sizeof expirations) != sizeof expirations) return;
    watch_for_input(EPOLL_CTL_MOD, outer_, sockets_, &sockets_, EPOLLIN);
    resting_ = false;
  }
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(sockets_.get(), events.data(), kBatch, 0);
  // Each gets its share: one loud interface does not silence the others.
  const int share = kBatch / std::max(1, count);
  bool loud = false;
  for (int i = 0; i < count; ++i) {
    auto& socket = *static_cast<Socket*>(events[static_cast<size_t>(i)].data.ptr);
    loud = read_socket(socket, share, visit) == share || loud;
  }
  if (loud) rest();
}

int FrameListener::read_socket(Socket& socket, int limit, const Visit& visit) {
  std::array<uint8_t, kBuffer> buffer;
  int seen = 0;
  while (seen < limit) {
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const ssize_t length = ::recvfrom(socket.fd.get(), buffer.data(), buffer.size(), MSG_TRUNC,
                                      reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) break;
    ++seen;
    // ENETDOWN is told once; the socket goes on when the interface is up again.
    if (length < 0 || from.sll_pkttype == PACKET_OUTGOING) continue;
    if (static_cast<size_t>(length) > buffer.size() || from.sll_halen != ETH_ALEN) continue;
    visit({socket.ifindex, socket.family, codec::Mac(from.sll_addr, 6), {buffer.data(), static_cast<size_t>(length)}});
  }
  return seen;
}

void FrameListener::rest() {
  itimerspec setting{};
  setting.it_value.tv_nsec = kPauseNs;
  ::timerfd_settime(pause_.get(), 0, &setting, nullptr);
  watch_for_input(EPOLL_CTL_MOD, outer_, sockets_, &sockets_, 0);
  resting_ = true;
}

}  // namespace ka::engine
