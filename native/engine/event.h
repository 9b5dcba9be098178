// SPDX-License-Identifier: MIT
// What the engine tells JavaScript: one flat value for all kinds, so that a batch is one array and sorting it
// moves plain bytes. Fields are those of EngineEvent in lib/native/surface.ts.
#pragma once

#include <cstdint>

#include "codec/judge.h"
#include "sys/mailbox.h"
#include "sys/monotonic.h"

namespace ka::engine {

enum class EventKind : uint8_t {
  advert,
  refused,
  expired,
  send_failed,
  netlink_done,
  change,
  lease_lost,
  woke_late,
  spoke_again,
  session_lost
};

struct Event {
  EventKind kind = EventKind::advert;
  codec::Refusal reason = codec::Refusal::none;
  codec::AddressMismatch address_mismatch = codec::AddressMismatch::none;
  bool interval_mismatch = false;
  /// advert: the AH counter went past that of a router that has to yield.
  bool ah_synced = false;
  /// advert: see codec::Verdict.
  bool old_unicast_sum = false;
  /// advert, expired: done already, see Deed.
  bool done = false;
  int32_t clock_skew = 0;
  uint8_t priority = 0;
  uint8_t ttl = 0;
  /// Source of a packet, destination of a failed send.
  codec::Addr address;
  uint32_t key = 0;
  /// Order of staging, for events of the same time.
  uint32_t order = 0;
  sys::Micros at = 0;
  /// advert: interval; refused: received; expired: generation; send_failed: errno; woke_late: lateness.
  int64_t first = 0;
  /// advert: mismatch detail; refused: expected; expired: lateness.
  int64_t second = 0;
  /// expired and done: when the adverts of a takeover were out, 0 when there was none.
  int64_t third = 0;
  /// advert, expired: Router::told_last.
  uint64_t number = 0;
  /// netlink_done: the Submission; change: the Change. Owned by the event.
  sys::Handover* object = nullptr;
};

}  // namespace ka::engine
