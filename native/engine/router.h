// SPDX-License-Identifier: MIT
// A virtual router as the engine knows it: what it expects, sends and waits for. Allocated, filled and freed
// by the JavaScript thread; in between it belongs to the engine thread, but for the atomics, which both may
// touch.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/auth_memory.h"
#include "codec/judge.h"
#include "engine/advert_content.h"
#include "engine/deadlines.h"
#include "engine/flight.h"
#include "engine/guard.h"
#include "engine/standing.h"
#include "sys/mailbox.h"

namespace ka::engine {

struct Endpoint;

struct Counters {
  std::atomic<uint64_t> advert_received{0};
  std::atomic<uint64_t> advert_sent{0};
  std::atomic<uint64_t> priority_zero_received{0};
  std::atomic<uint64_t> priority_zero_sent{0};
  std::array<std::atomic<uint64_t>, codec::kRefusalCount> refused{};
};
static_assert(codec::kRefusalCount <= 32, "Router::told has a bit for each");

struct Router : sys::Handover {
  uint32_t key = 0;
  uint8_t vrid = 0;
  /// nullptr when its endpoint was closed first.
  Endpoint* endpoint = nullptr;
  /// Next router with this VRID on the endpoint: unicast routers with other peers.
  Router* same_vrid = nullptr;
  Router* previous = nullptr;
  Router* following = nullptr;

  bool listening = false;
  std::unique_ptr<codec::Expectation> expectation;
  /// Has a place for each peer of the expectation.
  std::unique_ptr<codec::AuthMemory> memory;
  /// Source of the last accepted advert: skip_check_adv_addr looks at the list only when it changes.
  codec::Addr heard;

  Timer deadline{TimerKind::expiry, this};
  int64_t generation = 0;
  /// This deadline was put off once because it was noticed late.
  bool put_off = false;

  Timer advert{TimerKind::advert, this};
  std::unique_ptr<AdvertContent> content;
  sys::Micros every = 0;
  /// Identification of the last advert sent; reference 1.1: starts at 1, skips 0.
  uint16_t ip_id = 0;
  bool send_failure_told = false;
  sys::Micros sent_at = 0;
  /// Its thread woke up so late that others have taken over: it listens before it speaks.
  bool woke_late = false;
  /// It gave way by order, and JavaScript has not said anything since that it could only say knowing that.
  bool yielded = false;

  /// When the lease is lost.
  std::unique_ptr<Resignation> resignation;
  /// Whether the netlink thread renews the lifetimes of its addresses; the engine's table has it too.
  std::shared_ptr<std::atomic<bool>> renewed;

  Flight flight;

  /// Its own unless it moves with others.
  Unit* unit = &own_unit;
  Unit own_unit;
  Stance stance;
  /// Number of the last event that JavaScript has to decide, and the time it happened.
  uint64_t told_last = 0;
  sys::Micros told_at = 0;

  /// Where the engine notes what it sends; nullptr when nobody guards it.
  GuardSlot* guard = nullptr;

  /// Where its last advert waits for JavaScript, and in which batch; see EventStage.
  uint32_t staged_index = 0;
  uint64_t staged_batch = 0;

  Counters counters;
  /// Bit per Refusal that was told already.
  std::atomic<uint32_t> told{0};
};

}  // namespace ka::engine
