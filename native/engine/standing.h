// SPDX-License-Identifier: MIT
// Standing orders (decisions.md section 1): what the engine does for a router, or for all routers of a sync
// group, before JavaScript wakes. JavaScript computes them with the machine it would run anyway; the engine
// executes them and remembers each deed, and JavaScript steps the machine over the same deeds later.
//
// Either side decides alone: JavaScript withholds the orders before it steps a machine, and lets them stand
// again when the engine knows the outcome. The engine never waits for that, JavaScript for the length of one
// deed. What the engine cannot decide it tells, and from then on it tells everything about these routers until
// JavaScript has caught up, so that events keep their order.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "codec/address.h"
#include "engine/advert_content.h"
#include "engine/announcer.h"
#include "netlink/types.h"
#include "sys/session_channel.h"
#include "sys/mailbox.h"
#include "sys/monotonic.h"

namespace ka::engine {

struct Router;

/// What a router leaves behind when JavaScript is gone: farewells, then the messages that take everything away.
struct Resignation {
  uint32_t farewells = 0;
  std::unique_ptr<netlink::Submission> netlink;
};

/// The advert that changes nothing but the deadline: the one of a steady Active router.
struct Refresh {
  codec::Addr source;
  uint8_t priority = 0;
  int64_t interval_us = 0;
  /// Deadline, counted from its reception.
  sys::Micros down = 0;
};

/// The adverts to which an Active router gives way (RFC 9568 6.4.3): a higher priority, or the same from a higher address.
struct Concession {
  uint8_t priority = 0;
  codec::Addr address;
  /// Other intervals are learnt, which is JavaScript's.
  int64_t interval_us = 0;
  /// higher_prio_send_advert: one advert more before it is quiet.
  bool last_word = false;
};

/// What may be done with the deadline of one router.
struct Stance {
  /// The deadline it was made for; 0: none.
  int64_t generation = 0;
  std::optional<Refresh> refresh;
  /// Deadline after an advert with priority 0; 0: JavaScript decides.
  sys::Micros skew = 0;
  /// Its deadline ran out before those of others of its group.
  bool held = false;
  /// Instead of a takeover while others are not held: deadline again after this; 0: JavaScript decides.
  sys::Micros wait = 0;
  /// While Active.
  std::optional<Concession> concession;
};

/// Something done without JavaScript: the deadline ran out, an advert moved it or was given way to, or a session was lost.
struct Deed {
  enum class Kind : uint8_t { expired, advert, lost };
  Kind kind = Kind::expired;
  uint32_t key = 0;
  sys::Micros at = 0;
  codec::Addr source;
  uint8_t priority = 0;
  /// Of the advert; or how late the end of the deadline was noticed.
  int64_t interval_us = 0;
  /// lost
  sys::SessionName session{};
};

/// Becoming Active, for all routers at once.
struct Takeover {
  struct Part {
    uint32_t key = 0;
    /// That with the key.
    Router* router = nullptr;
    std::unique_ptr<AdvertContent> content;
    sys::Micros every = 0;
    std::unique_ptr<Resignation> resignation;
  };
  std::vector<Part> parts;
  /// Addresses, routes and rules of all parts; may be nothing.
  std::unique_ptr<netlink::Submission> netlink;
  /// Their times count from the takeover.
  std::vector<std::unique_ptr<AnnouncePlan>> announcements;
};

/// Becoming Backup for a better router, for all routers at once: no farewell, since that one is there.
struct Yield {
  struct Part {
    uint32_t key = 0;
    /// That with the key.
    Router* router = nullptr;
    /// Deadline, counted from the reception of the advert.
    sys::Micros down = 0;
    /// Gets what is void then.
    std::unique_ptr<Resignation> resignation;
  };
  std::vector<Part> parts;
  /// Takes away addresses, routes and rules of all parts; may be nothing.
  std::unique_ptr<netlink::Submission> netlink;
};

/// A tracked BFD session of an Active unit without which it is in Fault: all say farewell and let go of what a yield gives away.
struct Fault {
  sys::SessionName session{};
  /// Whose machine hears of it.
  uint32_t key = 0;
  /// For each part of the yield, in its order.
  std::vector<uint32_t> farewells;
};

struct Orders : sys::Handover {
  struct Member {
    uint32_t key = 0;
    /// That with the key.
    Router* router = nullptr;
    Stance stance;
    /// JavaScript has read the router's events up to this one.
    uint64_t read = 0;
  };
  /// Deeds that fit when JavaScript is away; then it is told instead.
  static constexpr size_t kDeeds = 16;

  /// In Backup, with a deadline; or Active.
  std::vector<Member> members;
  std::unique_ptr<Takeover> takeover;
  /// Counts once the members are Active.
  std::unique_ptr<Yield> yield;
  /// Only with a yield, and only while Active.
  std::vector<Fault> faults;
  bool active = false;
  std::vector<Deed> deeds;
};

/// Who decides. Each time JavaScript withholds has a number: letting the orders stand again is a command, which
/// means nothing when it was overtaken.
class Hold {
 public:
  // JavaScript thread.
  /// true: the engine may have done something since. Waits while it does.
  bool withhold();
  uint64_t number() const { return word_.load(std::memory_order_relaxed) & ~kHolder; }

  // Engine thread.
  bool take() {
    uint64_t word = word_.load(std::memory_order_relaxed);
    return (word & kHolder) == kNobody &&
           word_.compare_exchange_strong(word, word | kEngine, std::memory_order_acquire);
  }
  void give_back() { word_.fetch_and(~kHolder, std::memory_order_release); }
  /// Lets the orders stand, unless JavaScript withheld them once more meanwhile.
  bool release(uint64_t number) {
    uint64_t expected = number | kScript;
    return word_.compare_exchange_strong(expected, number, std::memory_order_acq_rel);
  }

 private:
  static constexpr uint64_t kHolder = 3;
  static constexpr uint64_t kNobody = 0;
  static constexpr uint64_t kEngine = 1;
  static constexpr uint64_t kScript = 2;
  static constexpr uint64_t kStep = 4;

  std::atomic<uint64_t> word_{kScript};
};

/// Orders that are the same for the present deadline of a member.
struct Confirmation {
  uint32_t key = 0;
  int64_t generation = 0;
  uint64_t read = 0;
};

/// Routers that move together, at least one. Its first router carries it.
struct Unit {
  Hold hold;
  std::unique_ptr<Orders> orders;
  /// Nothing was told since the orders were confirmed. Engine thread.
  bool standing = false;
};

}  // namespace ka::engine
