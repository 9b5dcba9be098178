// SPDX-License-Identifier: MIT
#include "engine/bfd_engine.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/advert_content.h"
#include "sys/system_error.h"

namespace ka::engine {
namespace {

// RFC 5881 4, RFC 5883 5.
constexpr uint16_t kSingleHopPort = 3784;
constexpr uint16_t kMultihopPort = 4784;
constexpr uint16_t kFirstSourcePort = 49152;
constexpr uint16_t kSourcePorts = 65535 - kFirstSourcePort + 1;
constexpr int kPortTries = 64;
constexpr int kAnyHops = 255;
// RFC 5880 4.1.
constexpr uint8_t kAdminDown = 0;
constexpr uint8_t kDown = 1;
// Internetwork control, RFC 4594.
constexpr int kTrafficClass = 0xC0;
/// Datagrams looked at before timers are looked at again.
constexpr size_t kMostReads = 256;
/// Datagrams received by one call.
constexpr size_t kSlots = 32;
constexpr size_t kControl = 128;
/// Longer datagrams are refused for their length anyway.
constexpr size_t kBuffer = 256;
/// Refusals are told this seldom, whatever is sent.
constexpr sys::Micros kRefusalGap = 1'000'000;

template <typename Value>
void set(int fd, int level, int option, Value value, const char* name) {
  sys::checked(::setsockopt(fd, level, option, &value, sizeof value), "setsockopt", name);
}

sockaddr_storage socket_address(const codec::Addr& address, uint16_t port, socklen_t& size) {
  sockaddr_storage out{};
  size = make_socket_address(address, 0, out);
  if (address.family == codec::kIpv4) {
    reinterpret_cast<sockaddr_in&>(out).sin_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in6&>(out).sin6_port = htons(port);
  }
  return out;
}

codec::Addr any_address(uint8_t family) {
  codec::Addr any;
  any.family = family;
  return any;
}

uint16_t port_of(bool multihop) { return multihop ? kMultihopPort : kSingleHopPort; }

}  // namespace

struct BfdEngine::Slots {
  struct Slot {
    std::array<uint8_t, kBuffer> buffer;
    alignas(cmsghdr) std::array<uint8_t, kControl> control;
    sockaddr_storage from;
    iovec vector;
  };
  std::array<Slot, kSlots> slots;
  std::array<mmsghdr, kSlots> headers;
};

class BfdEngine::Lock {
 public:
  explicit Lock(pthread_mutex_t& mutex) : mutex_(mutex) { ::pthread_mutex_lock(&mutex_); }
  ~Lock() { ::pthread_mutex_unlock(&mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

BfdEngine::BfdEngine(int realtime_priority, int loss_fd)
    : epoll_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(sys::checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      loss_fd_(sys::is_session_channel(loss_fd) ? loss_fd : -1) {
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  ::pthread_mutex_init(&mutex_, &attributes);
  ::pthread_mutexattr_destroy(&attributes);
  if (::getrandom(&random_state_, sizeof random_state_, 0) != sizeof random_state_ || random_state_ == 0) random_state_ = 1;
  slots_ = std::make_unique<Slots>();
  events_.reserve(kMostEvents);
  for (const int fd : {wakeup_.fd(), timer_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    sys::checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  thread_.start({"ka-bfd", realtime_priority, true}, [](void* self) { static_cast<BfdEngine*>(self)->run(); },
                this);
}

BfdEngine::~BfdEngine() {
  stopping_.store(true);
  wakeup_.signal();
  thread_.join();
  ::pthread_mutex_destroy(&mutex_);
}

void BfdEngine::read(const Visit& visit) {
  std::vector<BfdEvent> batch;
  batch.reserve(kMostEvents);
  told_.consume();
  {
    const Lock lock(mutex_);
    batch.swap(events_);
    // Ends that there was no room to tell of.
    if (batch.size() >= kMostEvents) wakeup_.signal();
  }
  for (const BfdEvent& event : batch) visit(event);
}

void BfdEngine::add(uint32_t key, const BfdSpec& spec) {
  const int domain = spec.neighbour.family == codec::kIpv4 ? AF_INET : AF_INET6;
  Session session;
  session.spec = spec;
  session.socket.reset(sys::checked(::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  session.to = socket_address(spec.neighbour, port_of(spec.multihop), session.to_size);
  const int fd = session.socket.get();
  if (domain == AF_INET) {
    set(fd, IPPROTO_IP, IP_TTL, int{spec.ttl}, "IP_TTL");
    set(fd, IPPROTO_IP, IP_TOS, kTrafficClass, "IP_TOS");
  } else {
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, int{spec.ttl}, "IPV6_UNICAST_HOPS");
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS");
  }
  const Lock lock(mutex_);
  // First, so that a neighbour is heard of even while our own address is missing.
  listen(spec.neighbour.family, spec.multihop);
  const codec::Addr local = spec.source.empty() ? any_address(spec.neighbour.family) : spec.source;
  int error = EADDRINUSE;
  for (int tries = 0; error == EADDRINUSE && tries < kPortTries; ++tries) {
    const auto port = static_cast<uint16_t>(kFirstSourcePort + random() % kSourcePorts);
    socklen_t size = 0;
    const sockaddr_storage address = socket_address(local, port, size);
    error = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : errno;
  }
  if (error != 0) throw sys::SystemError(error, "bind");
  sessions_[key] = std::move(session);
}

void BfdEngine::remove(uint32_t key) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  by_discriminator_.erase(found->second.discriminator);
  sessions_.erase(found);
}

void BfdEngine::identify(uint32_t key, uint32_t discriminator) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  by_discriminator_.erase(found->second.discriminator);
  found->second.discriminator = discriminator;
  if (discriminator != 0) by_discriminator_[discriminator] = key;
}

void BfdEngine::transmit(uint32_t key, const codec::BfdPacket& packet, sys::Micros every, bool now) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  codec::encode_bfd(packet, session.content);
  session.every = every;
  if (now) send_bytes(key, session, session.content);
  session.due = 0;
  if (every > 0) repeat(session, session.sent_at);
  wakeup_.signal();
}

void BfdEngine::send(uint32_t key, const codec::BfdPacket& packet) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  std::array<uint8_t, codec::kBfdSize> bytes;
  codec::encode_bfd(packet, bytes);
  send_bytes(key, found->second, bytes);
}

void BfdEngine::watch(uint32_t key, sys::Micros detection, bool steady) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  Session& session = found->second;
  session.detection = detection;
  session.deadline = detection > 0 ? session.heard_at + detection : 0;
  session.steady = steady;
  wakeup_.signal();
}

void BfdEngine::alarm(uint32_t key, std::string_view name) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found != sessions_.end()) found->second.alarm = sys::session_name(name);
}

std::array<uint64_t, kBfdRefusals> BfdEngine::refused() {
  const Lock lock(mutex_);
  return refused_;
}

void BfdEngine::ring(Session& session, sys::Micros at) {
  if (session.alarm[0] == 0) return;
  sys::tell_loss(loss_fd_, {session.alarm, at});
  session.alarm = {};
}

void BfdEngine::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    turn();
    epoll_event events[8];
    const int count = ::epoll_wait(epoll_.get(), events, 8, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == wakeup_.fd()) wakeup_.consume();
    }
  }
}

// Sockets before expiries: what came while this thread did not run speaks against silence.
void BfdEngine::turn() {
  const Lock lock(mutex_);
  send_due(sys::monotonic_us());
  read_all();
  expire_due(sys::monotonic_us());
  send_due(sys::monotonic_us());
  program(sys::monotonic_us());
  if (!events_.empty()) told_.signal();
}

void BfdEngine::program(sys::Micros now) {
  sys::Micros next = first_due_;
  const bool is_full = events_.size() >= kMostEvents;
  for (const auto& [key, session] : sessions_) {
    // An end that cannot be told waits for whoever reads: this thread has a real-time priority, and would leave him no processor.
    const sys::Micros deadline = is_full && session.deadline <= now ? 0 : session.deadline;
    if (deadline != 0 && (next == 0 || deadline < next)) next = deadline;
  }
  if (next == programmed_ && next > now) return;
  programmed_ = next;
  itimerspec setting{};
  if (next != 0) {
    next = std::max(next, now + 1);
    setting.it_value.tv_sec = next / 1'000'000;
    setting.it_value.tv_nsec = next % 1'000'000 * 1000;
  }
  // Setting it clears what has expired.
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void BfdEngine::send_due(sys::Micros now) {
  if (first_due_ == 0 || first_due_ > now) return;
  first_due_ = 0;
  for (auto& [key, session] : sessions_) {
    if (session.due == 0) continue;
    if (session.due > now) {
      if (first_due_ == 0 || session.due < first_due_) first_due_ = session.due;
      continue;
    }
    send_bytes(key, session, session.content);
    repeat(session, now);
  }
}

void BfdEngine::repeat(Session& session, sys::Micros from) {
  session.due = std::max<sys::Micros>(next_due(from, session.every), 1);
  if (first_due_ == 0 || session.due < first_due_) first_due_ = session.due;
}

void BfdEngine::expire_due(sys::Micros now) {
  for (auto& [key, session] : sessions_) {
    if (session.deadline == 0 || session.deadline > now) continue;
    ring(session, session.deadline);
    BfdEvent event;
    event.kind = BfdEvent::Kind::expired;
    event.key = key;
    event.at = session.deadline;
    event.late = now - session.deadline;
    if (!tell(event)) return;
    session.deadline = 0;
    session.detection = 0;
    session.steady = false;
  }
}

void BfdEngine::read_all() {
  size_t left = kMostReads;
  for (const auto& listener : listeners_) {
    if (listener == nullptr) continue;
    for (size_t count = kSlots; count == kSlots && left >= kSlots; left -= kSlots) count = read_some(*listener);
  }
}

/// How many there were; less than kSlots: no more wait.
size_t BfdEngine::read_some(const Listener& listener) {
  for (size_t i = 0; i < kSlots; ++i) {
    Slots::Slot& slot = slots_->slots[i];
    slot.vector = {slot.buffer.data(), slot.buffer.size()};
    msghdr& header = slots_->headers[i].msg_hdr;
    header = {};
    header.msg_name = &slot.from;
    header.msg_namelen = sizeof slot.from;
    header.msg_iov = &slot.vector;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
  }
  const int count = ::recvmmsg(listener.fd.get(), slots_->headers.data(), kSlots, MSG_DONTWAIT | MSG_TRUNC, nullptr);
  for (int i = 0; i < count; ++i) take_slot(listener, static_cast<size_t>(i));
  return count > 0 ? static_cast<size_t>(count) : 0;
}

void BfdEngine::take_slot(const Listener& listener, size_t index) {
  const Slots::Slot& slot = slots_->slots[index];
  msghdr& header = slots_->headers[index].msg_hdr;
  const size_t length = slots_->headers[index].msg_len;
  codec::Addr source;
  if (slot.from.ss_family == AF_INET) {
    source.family = codec::kIpv4;
    std::memcpy(source.bytes.data(), &reinterpret_cast<const sockaddr_in&>(slot.from).sin_addr, 4);
  } else {
    source.family = codec::kIpv6;
    std::memcpy(source.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(slot.from).sin6_addr, 16);
  }
  codec::Addr destination;
  int ttl = -1;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) ||
        (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)) {
      std::memcpy(&ttl, CMSG_DATA(item), sizeof ttl);
    } else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      destination.family = codec::kIpv4;
      std::memcpy(destination.bytes.data(), &info.ipi_addr, 4);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(item), sizeof info);
      destination.family = codec::kIpv6;
      std::memcpy(destination.bytes.data(), &info.ipi6_addr, 16);
    }
  }
  take(listener, std::span(slot.buffer).first(std::min(length, slot.buffer.size())), source, destination, ttl);
}

void BfdEngine::take(const Listener& listener, std::span<const uint8_t> bytes, const codec::Addr& source,
                     const codec::Addr& destination, int ttl) {
  const sys::Micros now = sys::monotonic_us();
  BfdEvent event;
  if (codec::decode_bfd(bytes, event.packet) != codec::BfdFault::none) {
    return refuse(BfdRefusal::malformed, source, now);
  }
  const codec::BfdPacket& packet = event.packet;
  Session* session = packet.your_discriminator != 0
                         ? find(packet.your_discriminator, event.key)
                         : find(source, destination, listener.multihop, event.key);
  // A session's packets come by its own port.
  if (session == nullptr || session->spec.multihop != listener.multihop) {
    return refuse(BfdRefusal::unknown, source, now);
  }
  const BfdSpec& spec = session->spec;
  if (spec.max_hops != kAnyHops && ttl < spec.ttl - spec.max_hops) return refuse(BfdRefusal::ttl, source, now);
  if (packet.authenticated) return refuse(BfdRefusal::authenticated, source, now);
  const bool same = session->steady && !packet.poll && !packet.final && bytes.size() == session->last.size() &&
                    std::equal(bytes.begin(), bytes.end(), session->last.begin());
  session->heard_at = now;
  if (session->detection > 0) session->deadline = now + session->detection;
  if (same) return;
  // An administrator's word is no failure (RFC 5882 4.2), but ends what was to be told.
  if (packet.state == kAdminDown) session->alarm = {};
  if (packet.state == kDown) ring(*session, now);
  session->steady = false;
  std::copy_n(bytes.begin(), session->last.size(), session->last.begin());
  event.kind = BfdEvent::Kind::packet;
  event.at = now;
  event.source = source;
  tell(event);
}

BfdEngine::Session* BfdEngine::find(uint32_t discriminator, uint32_t& key) {
  const auto found = by_discriminator_.find(discriminator);
  if (found == by_discriminator_.end()) return nullptr;
  key = found->second;
  const auto session = sessions_.find(key);
  return session == sessions_.end() ? nullptr : &session->second;
}

BfdEngine::Session* BfdEngine::find(const codec::Addr& source, const codec::Addr& destination, bool multihop,
                                    uint32_t& key) {
  for (auto& [found, session] : sessions_) {
    const BfdSpec& spec = session.spec;
    if (spec.multihop != multihop || spec.neighbour != source) continue;
    if (!spec.source.empty() && spec.source != destination) continue;
    key = found;
    return &session;
  }
  return nullptr;
}

void BfdEngine::send_bytes(uint32_t key, Session& session, std::span<const uint8_t> bytes) {
  const ssize_t sent = ::sendto(session.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&session.to), session.to_size);
  session.sent_at = sys::monotonic_us();
  if (sent >= 0) {
    session.failure_told = false;
  } else if (!session.failure_told) {
    BfdEvent event;
    event.kind = BfdEvent::Kind::send_failed;
    event.key = key;
    event.at = session.sent_at;
    event.error = errno;
    session.failure_told = tell(event);
  }
}

bool BfdEngine::tell(const BfdEvent& event) {
  if (events_.size() >= kMostEvents) return false;
  events_.push_back(event);
  return true;
}

void BfdEngine::refuse(BfdRefusal refusal, const codec::Addr& source, sys::Micros now) {
  ++refused_[static_cast<size_t>(refusal)];
  if (now - refused_at_ < kRefusalGap) return;
  refused_at_ = now;
  BfdEvent event;
  event.kind = BfdEvent::Kind::refused;
  event.at = now;
  event.refusal = refusal;
  event.source = source;
  tell(event);
}

void BfdEngine::listen(uint8_t family, bool multihop) {
  auto& place = listeners_[(family == codec::kIpv4 ? 0u : 2u) + (multihop ? 1u : 0u)];
  if (place != nullptr) return;
  auto listener = std::make_unique<Listener>();
  listener->multihop = multihop;
  const int domain = family == codec::kIpv4 ? AF_INET : AF_INET6;
  listener->fd.reset(sys::checked(::socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  const int fd = listener->fd.get();
  if (domain == AF_INET) {
    set(fd, IPPROTO_IP, IP_RECVTTL, 1, "IP_RECVTTL");
    set(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
  } else {
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
  }
  socklen_t size = 0;
  const sockaddr_storage address = socket_address(any_address(family), port_of(multihop), size);
  sys::checked(::bind(fd, reinterpret_cast<const sockaddr*>(&address), size), "bind",
               "UDP port " + std::to_string(port_of(multihop)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  sys::checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  place = std::move(listener);
}

uint64_t BfdEngine::random() {
  // xorshift64: nobody gains by guessing it.
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  return random_state_;
}

// RFC 5880 6.8.7: 75 to 90 % of the interval, which also suits a multiplier of 1. Within that, sessions meet on a grid: one
// wake-up sends for several, here and with a neighbour of several sessions. 64 at 10 ms would be 15,000 wake-ups a second.
sys::Micros BfdEngine::next_due(sys::Micros from, sys::Micros every) {
  const sys::Micros grid = std::min<sys::Micros>(every / 20, 1000);
  const sys::Micros least = from + every * 3 / 4;
  const sys::Micros room = every * 15 / 100 - grid;
  const auto due = least + static_cast<sys::Micros>(random() % static_cast<uint64_t>(room + 1));
  return grid > 1 ? (due + grid - 1) / grid * grid : due;
}

}  // namespace ka::engine
