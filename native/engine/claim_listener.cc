#include "engine/claim_listener.h"

#include <arpa/inet.h>
#include <linux/filter.h>
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
/// Longer programs do not fit the memory that the kernel grants for a filter.
constexpr size_t kMostFiltered = 500;
/// An Ethernet payload; a neighbour's message is far shorter.
constexpr size_t kBuffer = 1536;
constexpr uint32_t kWhole = 0xffff;

constexpr sock_filter statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
constexpr sock_filter equal(uint32_t value, uint8_t yes, uint8_t no) {
  return {BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
}

/// The last 32 bits of an address, as the filter sees them.
uint32_t key_of(const codec::Addr& address) {
  const auto end = address.view().last(4);
  return uint32_t{end[0]} << 24 | uint32_t{end[1]} << 16 | uint32_t{end[2]} << 8 | end[3];
}

/// Offsets count from the network header: the sockets deliver packets without the link's own.
std::vector<sock_filter> filter_for(uint8_t family, std::span<const codec::Addr> addresses) {
  std::vector<sock_filter> program;
  if (family == codec::kIpv4) {
    program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, 14));  // sender address
  } else {
    program = {
        statement(BPF_LD | BPF_B | BPF_ABS, 6),  // next header: ICMPv6
        equal(58, 1, 0),
        statement(BPF_RET | BPF_K, 0),
        statement(BPF_LD | BPF_B | BPF_ABS, 40),  // type
        equal(136, 2, 0),
        equal(135, 3, 0),
        statement(BPF_RET | BPF_K, 0),
        statement(BPF_LD | BPF_W | BPF_ABS, 60),  // end of the target
        statement(BPF_JMP | BPF_JA, 1),
        statement(BPF_LD | BPF_W | BPF_ABS, 20),  // end of the source
    };
  }
  if (addresses.size() > kMostFiltered) {
    program.push_back(statement(BPF_RET | BPF_K, kWhole));
    return program;
  }
  for (const codec::Addr& address : addresses) {
    program.push_back(equal(key_of(address), 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, kWhole));
  }
  program.push_back(statement(BPF_RET | BPF_K, 0));
  return program;
}

void attach(const sys::UniqueFd& fd, uint8_t family, std::span<const codec::Addr> addresses) {
  std::vector<sock_filter> program = filter_for(family, addresses);
  const sock_fprog given{static_cast<unsigned short>(program.size()), program.data()};
  sys::checked(::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof given), "setsockopt",
               "SO_ATTACH_FILTER");
}

sys::UniqueFd open_socket(int32_t ifindex, uint8_t family, std::span<const codec::Addr> addresses) {
  // Protocol 0 until the filter is there: nothing of other interfaces gets in.
  sys::UniqueFd fd(sys::checked(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket",
                                "AF_PACKET"));
  attach(fd, family, addresses);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(family == codec::kIpv4 ? ETH_P_ARP : ETH_P_IPV6);
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

ClaimListener::ClaimListener()
    : outer_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      sockets_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      pause_(sys::checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")) {
  watch_for_input(EPOLL_CTL_ADD, outer_, sockets_, &sockets_, EPOLLIN);
  watch_for_input(EPOLL_CTL_ADD, outer_, pause_, &pause_, EPOLLIN);
}

void ClaimListener::watch(int32_t ifindex, uint8_t family, std::span<const codec::Addr> addresses) {
  const std::pair place{ifindex, family};
  const auto found = by_interface_.find(place);
  if (addresses.empty()) {
    if (found != by_interface_.end()) by_interface_.erase(found);
    return;
  }
  if (found != by_interface_.end()) {
    attach(found->second.fd, family, addresses);
    found->second.addresses.assign(addresses.begin(), addresses.end());
    return;
  }
  Socket socket{open_socket(ifindex, family, addresses), ifindex, family, {addresses.begin(), addresses.end()}};
  Socket& kept = by_interface_.emplace(place, std::move(socket)).first->second;
  watch_for_input(EPOLL_CTL_ADD, sockets_, kept.fd, &kept, EPOLLIN);
}

void ClaimListener::read(const Visit& visit) {
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

int ClaimListener::read_socket(Socket& socket, int limit, const Visit& visit) {
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
    const std::span packet(buffer.data(), static_cast<size_t>(length));
    codec::Claim claim;
    const bool decoded = socket.family == codec::kIpv4
                             ? codec::decode_arp_claim(packet, claim)
                             : codec::decode_nd_claim(packet, codec::Mac(from.sll_addr, 6), claim);
    if (!decoded) continue;
    const auto& ours = socket.addresses;
    if (std::find(ours.begin(), ours.end(), claim.address) != ours.end()) visit(socket.ifindex, claim);
  }
  return seen;
}

void ClaimListener::rest() {
  itimerspec setting{};
  setting.it_value.tv_nsec = kPauseNs;
  ::timerfd_settime(pause_.get(), 0, &setting, nullptr);
  watch_for_input(EPOLL_CTL_MOD, outer_, sockets_, &sockets_, 0);
  resting_ = true;
}

}  // namespace ka::engine
