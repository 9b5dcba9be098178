// SPDX-License-Identifier: MIT
// BFD sessions as far as they are a matter of time: control packets that repeat with jitter, and neighbours whose
// silence is noticed (RFC 5880 6.8.7, 6.8.4; RFC 5881, 5883). What a packet means is decided by its owner; a packet
// like the one before it, in a session at rest, concerns nobody but the detection timer.
//
// One thread of its own, under SCHED_FIFO where allowed. The owner's calls and the thread share one lock with
// priority inheritance, held for microseconds.
#pragma once

#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/address.h"
#include "codec/bfd.h"
#include "sys/monotonic.h"
#include "sys/realtime_thread.h"
#include "sys/session_channel.h"
#include "sys/unique_fd.h"
#include "sys/wakeup.h"

namespace ka::engine {

struct BfdSpec {
  codec::Addr neighbour;
  /// Empty: the kernel chooses.
  codec::Addr source;
  /// TTL or hop limit sent; what is received may have lost max_hops of it, 255 for any number.
  uint8_t ttl = 255;
  uint8_t max_hops = 0;
  /// UDP port 4784 in place of 3784.
  bool multihop = false;
};

/// Why a datagram was not taken, beyond codec::BfdFault.
enum class BfdRefusal : uint8_t { malformed, unknown, ttl, authenticated };
constexpr size_t kBfdRefusals = 4;

struct BfdEvent {
  enum class Kind : uint8_t { packet, expired, send_failed, refused };
  Kind kind = Kind::packet;
  uint32_t key = 0;
  /// Of reception, or when the neighbour had been silent for the detection time.
  sys::Micros at = 0;
  codec::BfdPacket packet;
  /// send_failed
  int error = 0;
  /// expired: how much later it was noticed.
  sys::Micros late = 0;
  BfdRefusal refusal = BfdRefusal::malformed;
  codec::Addr source;
};

class BfdEngine {
 public:
  using Visit = std::function<void(const BfdEvent&)>;
  static constexpr size_t kMostEvents = 1024;

  /// Throws sys::SystemError.
  /// loss_fd: told of the end of sessions that are to be told of (sys::tell_loss); −1: nobody is.
  explicit BfdEngine(int realtime_priority, int loss_fd = -1);
  ~BfdEngine();
  BfdEngine(const BfdEngine&) = delete;
  BfdEngine& operator=(const BfdEngine&) = delete;

  /// Readable while events wait.
  int descriptor() const { return told_.fd(); }
  /// Hands out what has happened, in order.
  void read(const Visit& visit);

  /// The key must be free. Throws sys::SystemError (EADDRNOTAVAIL, EADDRINUSE …).
  void add(uint32_t key, const BfdSpec& spec);
  void remove(uint32_t key);
  // Unknown keys are ignored.
  /// Packets for this discriminator are the session's.
  void identify(uint32_t key, uint32_t discriminator);
  /// Repeats the packet every so often less 10 to 25 %, at times that sessions share (see next_due); 0 ends it. now: one at
  /// once. A shorter period counts at once.
  void transmit(uint32_t key, const codec::BfdPacket& packet, sys::Micros every, bool now);
  void send(uint32_t key, const codec::BfdPacket& packet);
  /// Tells when the neighbour has been silent for so long since its last packet; 0 for never. steady: the last packet,
  /// received again, would change nothing.
  void watch(uint32_t key, sys::Micros detection, bool steady);

  /// While the session is up: its end, by silence or by the word of its neighbour (RFC 5880 6.8.6), is told at once under this
  /// name, once. '': no more.
  void alarm(uint32_t key, std::string_view name);

  /// Datagrams refused since the start, by BfdRefusal.
  std::array<uint64_t, kBfdRefusals> refused();

  const std::string& realtime_error() const { return thread_.realtime_error(); }

 private:
  struct Session {
    BfdSpec spec;
    sys::UniqueFd socket;
    sockaddr_storage to{};
    socklen_t to_size = 0;
    uint32_t discriminator = 0;
    std::array<uint8_t, codec::kBfdSize> content{};
    sys::Micros every = 0;
    sys::Micros sent_at = 0;
    /// 0: nothing is to be sent.
    sys::Micros due = 0;
    bool failure_told = false;
    /// See alarm().
    sys::SessionName alarm{};
    std::array<uint8_t, codec::kBfdSize> last{};
    bool steady = false;
    sys::Micros heard_at = 0;
    sys::Micros detection = 0;
    /// 0: nothing is watched.
    sys::Micros deadline = 0;
  };
  struct Listener {
    sys::UniqueFd fd;
    bool multihop = false;
  };
  /// Where datagrams are received, some with one call.
  struct Slots;
  class Lock;

  void run();
  void turn();
  void read_all();
  size_t read_some(const Listener& listener);
  void take_slot(const Listener& listener, size_t slot);
  void take(const Listener& listener, std::span<const uint8_t> bytes, const codec::Addr& source,
            const codec::Addr& destination, int ttl);
  void send_due(sys::Micros now);
  void expire_due(sys::Micros now);
  void repeat(Session& session, sys::Micros from);
  void send_bytes(uint32_t key, Session& session, std::span<const uint8_t> bytes);
  void program(sys::Micros now);
  Session* find(uint32_t discriminator, uint32_t& key);
  Session* find(const codec::Addr& source, const codec::Addr& destination, bool multihop, uint32_t& key);
  void ring(Session& session, sys::Micros at);
  bool tell(const BfdEvent& event);
  void refuse(BfdRefusal refusal, const codec::Addr& source, sys::Micros now);
  void listen(uint8_t family, bool multihop);
  uint64_t random();
  sys::Micros next_due(sys::Micros from, sys::Micros every);

  pthread_mutex_t mutex_;
  sys::UniqueFd epoll_;
  sys::UniqueFd timer_;
  sys::Wakeup wakeup_;
  sys::Wakeup told_;
  std::unordered_map<uint32_t, Session> sessions_;
  /// Keys.
  std::unordered_map<uint32_t, uint32_t> by_discriminator_;
  std::unique_ptr<Slots> slots_;
  /// Nothing is to be sent before this.
  sys::Micros first_due_ = 0;
  /// What the timer is set to; 0: nothing.
  sys::Micros programmed_ = 0;
  /// By family and kind; never closed while the engine lives.
  std::array<std::unique_ptr<Listener>, 4> listeners_;
  std::vector<BfdEvent> events_;
  int loss_fd_;
  sys::Micros refused_at_ = 0;
  std::array<uint64_t, kBfdRefusals> refused_{};
  uint64_t random_state_ = 0;
  std::atomic<bool> stopping_{false};
  // Last member: joined before anything it uses goes.
  sys::RealtimeThread thread_;
};

}  // namespace ka::engine
