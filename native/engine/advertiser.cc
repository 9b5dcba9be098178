// SPDX-License-Identifier: MIT
#include "engine/advertiser.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "engine/endpoint.h"

namespace ka::engine {
namespace {

Stamps next_stamps(Router& router) {
  Stamps stamps;
  // Reference 1.1: one identification per advert, shared by its unicast copies; 0 is skipped.
  if (++router.ip_id == 0) router.ip_id = 1;
  stamps.ip_id = router.ip_id;
  const AdvertContent& content = *router.content;
  if (content.ah_key) stamps.ah_sequence = router.memory->ah.next();
  if (content.signer) {
    stamps.hmac =
        router.memory->sent.next(codec::stamp_of(sys::wall_us()), content.signer->anti_replay);
  }
  return stamps;
}

/// Of several copies the first: they differ in their destination only.
void record(Router& router, const AdvertCopy& copy, bool farewell, int failure) {
  FlightSlot slot;
  slot.kind = farewell ? FlightKind::farewell : FlightKind::sent;
  slot.at = router.sent_at;
  slot.second = failure;
  slot.source = router.content->source;
  slot.destination = copy.destination;
  slot.take(farewell ? copy.farewell : copy.packet);
  router.flight.ring->note(slot);
}

}  // namespace

void Advertiser::start(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
                       sys::Micros first_at) {
  if (!router.advert.armed()) router.memory->ah.become_active();
  router.content.swap(content);
  router.every = every;
  if (router.guard != nullptr) router.guard->every.store(static_cast<uint32_t>(every), std::memory_order_relaxed);
  if (first_at == kKeepSchedule) return;
  router.woke_late = false;
  if (first_at > 0) {
    // Another engine's adverts go on: what it was silent for is not counted.
    router.sent_at = sys::monotonic_us();
    deadlines_.arm(router.advert, first_at);
    return;
  }
  send(router, false);
  deadlines_.arm(router.advert, grid_after(sys::monotonic_us(), every));
}

sys::Micros Advertiser::grid_after(sys::Micros now, sys::Micros every) {
  const sys::Micros step = std::max<sys::Micros>(1, std::min(kCoarsest, every / 16));
  const sys::Micros due = now + every;
  return due - due % step;
}

void Advertiser::due(Router& router, sys::Micros now) {
  const sys::Micros due = router.advert.due;
  if (listens_first(router, now)) return;
  gather(router);
  note_lateness(now - due);
  sys::Micros following = due + router.every;
  // After an overrun the missed ones are gone: a burst would help nobody. Stay on the grid.
  if (following <= now) following += ((now - following) / router.every + 1) * router.every;
  deadlines_.arm(router.advert, following);
}

// After a pause in which others must have taken over, one advert more would be a second master's: listen for one
// Skew_Time, in which also what waits in the socket is read. The event's time is that of the last advert, so that it
// comes before any rival's.
bool Advertiser::listens_first(Router& router, sys::Micros now) {
  const AdvertContent& content = *router.content;
  Event event;
  event.key = router.key;
  if (router.woke_late) {
    router.woke_late = false;
    event.kind = EventKind::spoke_again;
    event.at = now;
    router.flight.tell(FlightKind::spoke_again, now, 0, 0);
    stage_.add_optional(event);
    return false;
  }
  if (content.patience == 0 || now - router.sent_at < content.patience || !stage_.room()) return false;
  router.woke_late = true;
  event.kind = EventKind::woke_late;
  event.at = router.sent_at;
  event.first = now - router.advert.due;
  stage_.add(event);
  router.flight.tell(FlightKind::woke_late, now, event.first, 0);
  deadlines_.arm(router.advert, now + content.listen);
  return true;
}

void Advertiser::quiet(Router& router, uint32_t farewells) {
  deadlines_.disarm(router.advert);
  router.woke_late = false;
  if (router.content == nullptr) return;
  for (uint32_t i = 0; i < farewells; ++i) send(router, true);
  if (router.guard != nullptr) router.guard->every.store(0, std::memory_order_relaxed);
}

void Advertiser::gather(Router& router) {
  if (router.endpoint == nullptr || router.content == nullptr) return;
  AdvertContent& content = *router.content;
  const bool joins = count_ > 0 && gathered_[0]->endpoint == router.endpoint &&
                     gathered_[0]->content->send_flags == content.send_flags;
  if (count_ > 0 && !joins) flush();
  if (content.copies.size() != 1) {
    send(router, false);
    return;
  }
  AdvertCopy& copy = content.copies.front();
  router.sent_at = sys::monotonic_us();
  stamps_[count_] = next_stamps(router);
  finish_copy(content, copy.packet, stamps_[count_]);
  vectors_[count_] = {copy.packet.data(), copy.packet.size()};
  messages_[count_].msg_hdr = header_of(content, copy, vectors_[count_]);
  gathered_[count_++] = &router;
  if (count_ == kBatch) flush();
}

void Advertiser::flush() {
  for (unsigned next = 0; next < count_;) {
    Router& first = *gathered_[next];
    const int sent = ::sendmmsg(first.endpoint->send.get(), &messages_[next], count_ - next, first.content->send_flags);
    if (sent > 0) {
      for (const unsigned end = next + static_cast<unsigned>(sent); next < end; ++next) {
        conclude(*gathered_[next], false, stamps_[next], 1, nullptr, 0);
      }
    } else {
      // The one it stopped at; the others go on.
      conclude(first, false, stamps_[next], 0, &first.content->copies.front(), errno);
      ++next;
    }
  }
  count_ = 0;
}

void Advertiser::send(Router& router, bool farewell) {
  if (router.endpoint == nullptr || router.content == nullptr) return;
  AdvertContent& content = *router.content;
  router.sent_at = sys::monotonic_us();
  const Stamps stamps = next_stamps(router);
  const int fd = router.endpoint->send.get();
  int failure = 0;
  const AdvertCopy* failed = nullptr;
  size_t sent = 0;
  for (AdvertCopy& copy : content.copies) {
    const std::span<uint8_t> packet = farewell ? copy.farewell : copy.packet;
    finish_copy(content, packet, stamps);
    const int error = send_copy(fd, content, copy, packet);
    if (error == 0) {
      ++sent;
    } else if (failed == nullptr) {
      failure = error;
      failed = &copy;
    }
  }
  conclude(router, farewell, stamps, sent, failed, failure);
}

void Advertiser::conclude(Router& router, bool farewell, const Stamps& stamps, size_t sent, const AdvertCopy* failed,
                          int failure) {
  const AdvertContent& content = *router.content;
  if (router.flight.ring != nullptr && !content.copies.empty()) record(router, content.copies.front(), farewell, failure);
  if (sent > 0) {
    if (router.guard != nullptr) router.guard->sent(sys::monotonic_us(), stamps.ah_sequence);
    router.counters.advert_sent.fetch_add(1, std::memory_order_relaxed);
    if (farewell || content.priority == 0) {
      router.counters.priority_zero_sent.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (failed == nullptr) {
    router.send_failure_told = false;
  } else if (!router.send_failure_told) {
    Event event;
    event.kind = EventKind::send_failed;
    event.key = router.key;
    event.at = sys::monotonic_us();
    event.first = failure;
    event.address = failed->destination;
    router.send_failure_told = stage_.add_optional(event);
  }
}

void Advertiser::note_lateness(sys::Micros late) {
  const auto bucket =
      static_cast<size_t>(std::bit_width(static_cast<uint64_t>(std::max<sys::Micros>(late, 0))));
  lateness_[std::min(bucket, kLatenessBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
}

}  // namespace ka::engine
