// SPDX-License-Identifier: MIT
// From packet to event: reading with bounded work per turn, the dispatcher of reference/vrrp-protocol.md 4.1,
// and the ladder's verdict counted and told.
#include "engine/core.h"

namespace ka::engine {

void Core::read_sockets() {
  unread_ = false;
  const sys::Micros now = sys::monotonic_us();
  uint32_t read = 0;
  for (Endpoint* endpoint = endpoints_; endpoint != nullptr; endpoint = endpoint->following) {
    if (!endpoint->ready) continue;
    if (endpoint->foreign.expired(now)) endpoint->foreign.remove(endpoint->receive);
    if (!stage_.room(Receiver::kBatch)) {
      blocked_ = true;
      return;
    }
    // One batch each: adverts that fall due meanwhile go out before the next one.
    const uint32_t count = receiver_.read(*endpoint);
    for (uint32_t i = 0; i < count; ++i) handle(*endpoint, receiver_.packet(i));
    unread_ = unread_ || endpoint->ready;
    read += count;
  }
  note_crowd(read, now);
}

bool Core::drain(Endpoint& endpoint, sys::Micros until) {
  while (endpoint.empty_at < until) {
    if (!stage_.room(Receiver::kBatch)) return false;
    const uint32_t count = receiver_.read(endpoint);
    for (uint32_t i = 0; i < count; ++i) handle(endpoint, receiver_.packet(i));
    // The queue is in order of reception: behind a packet received later there is no earlier one.
    if (count > 0 && receiver_.packet(count - 1).at > until) break;
  }
  return true;
}

void Core::handle(Endpoint& endpoint, const Packet& packet) {
  codec::Located located;
  if (!codec::locate(packet.bytes, endpoint.spec.family, endpoint.spec.protocol, located)) {
    too_short.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Router* router = endpoint.find(located.vrid, packet.source);
  if (router == nullptr) {
    unknown_vrid.fetch_add(endpoint.unknown(located.vrid, packet.at), std::memory_order_relaxed);
    return;
  }
  if (!router->listening) return;
  codec::PacketContext context;
  context.family = endpoint.spec.family;
  context.unicast_endpoint = !endpoint.spec.multicast;
  context.protocol = endpoint.spec.protocol;
  context.source = packet.source;
  context.destination = packet.destination;
  context.ttl = packet.hop_limit;
  context.memory = router->memory.get();
  // When it was received, not when we got round to it.
  if (router->expectation->hmac) context.wall_us = sys::wall_us() - (sys::monotonic_us() - packet.at);
  context.source_is_recorded_active = !router->advert.armed() && router->heard == packet.source;
  codec::Verdict verdict;
  if (packet.truncated) {
    verdict.reason = codec::Refusal::truncated;
    verdict.source = packet.source;
    verdict.received = static_cast<int32_t>(packet.bytes.size());
  } else {
    verdict = codec::judge(*router->expectation, packet.bytes, context);
  }
  if (codec::counts_as_received(verdict.reason)) {
    router->counters.advert_received.fetch_add(1, std::memory_order_relaxed);
  }
  if (verdict.reason == codec::Refusal::none) {
    accept(*router, packet, verdict);
  } else {
    refuse(*router, packet, verdict);
  }
}

namespace {

void record(Router& router, const Packet& packet, FlightKind kind, codec::Refusal reason) {
  if (router.flight.ring == nullptr) return;
  FlightSlot slot;
  slot.kind = kind;
  slot.reason = reason;
  slot.at = packet.at;
  slot.source = packet.source;
  slot.destination = packet.destination;
  slot.hop_limit = static_cast<int16_t>(packet.hop_limit);
  slot.take(packet.bytes);
  router.flight.ring->note(slot);
}

}  // namespace

void Core::refuse(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  router.flight.refuse(packet.at, packet.source, verdict.reason);
  record(router, packet, FlightKind::refused, verdict.reason);
  const auto reason = static_cast<size_t>(verdict.reason);
  router.counters.refused[reason].fetch_add(1, std::memory_order_relaxed);
  const uint32_t bit = uint32_t{1} << reason;
  if ((router.told.load(std::memory_order_relaxed) & bit) != 0) return;
  Event event;
  event.kind = EventKind::refused;
  event.key = router.key;
  event.at = packet.at;
  event.reason = verdict.reason;
  event.address = packet.source;
  event.first = verdict.received;
  event.second = verdict.expected;
  if (stage_.add_optional(event)) router.told.fetch_or(bit, std::memory_order_relaxed);
}

namespace {

/// Reference 2.2. True when the counter went past that of a router that has to yield, so that those who heard
/// it believe us again.
bool follow_ah_sequence(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  if (router.expectation->auth_type != codec::kAuthAh) return false;
  codec::AhSequence& sequence = router.memory->ah;
  if (!router.advert.armed() || router.content == nullptr) {
    sequence.heard_as_backup();
    return false;
  }
  const AdvertContent& ours = *router.content;
  // One with priority 0 resigns; there is nothing to settle (reference 6.5).
  const bool loses = verdict.priority != 0 &&
                     (verdict.priority < ours.priority ||
                      (verdict.priority == ours.priority && packet.source < ours.source));
  if (loses) sequence.skip_one();
  return loses;
}

}  // namespace

void Core::accept(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  if (verdict.priority == 0) router.counters.priority_zero_received.fetch_add(1, std::memory_order_relaxed);
  router.heard = packet.source;
  router.flight.heard(packet.at, packet.source, verdict.priority, packet.drops);
  record(router, packet, FlightKind::accepted, codec::Refusal::none);
  // A rival, where nobody knew of one: JavaScript decides whether it is still ours to speak.
  const bool own = router.content != nullptr && router.content->source == packet.source;
  if (router.woke_late && verdict.priority > 0 && !own) sending_.disarm(router.advert);
  const bool ah_synced = follow_ah_sequence(router, packet, verdict);
  const bool was_active = router.advert.armed();
  const Acted acted = act_on_advert(router, packet, verdict);
  if (acted == Acted::silently) return;
  Event event;
  event.ah_synced = ah_synced;
  event.clock_skew = verdict.clock_skew;
  event.old_unicast_sum = verdict.old_unicast_sum;
  event.kind = EventKind::advert;
  event.key = router.key;
  event.at = packet.at;
  event.address = packet.source;
  event.priority = verdict.priority;
  event.ttl = verdict.ttl;
  event.address_mismatch = verdict.address_mismatch;
  event.interval_mismatch = verdict.interval_mismatch;
  event.first = verdict.interval_us;
  event.second = verdict.mismatch_detail;
  event.done = acted == Acted::told_as_done;
  if (!event.done) must_decide(router, event);
  event.number = router.told_last;
  // A transition stays where it happened among the events, as an expiry does.
  if (event.done && was_active) {
    stage_.add_expiry(event, router);
  } else {
    stage_.add_advert(event, router);
  }
}

}  // namespace ka::engine
