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

}  // namespace

void Advertiser::start(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
                       sys::Micros first_at) {
  if (!router.advert.armed()) router.memory->ah.become_active();
  router.content.swap(content);
  router.every = every;
  if (router.guard != nullptr) router.guard->every.store(static_cast<uint32_t>(every), std::memory_order_relaxed);
  if (first_at == kKeepSchedule) return;
  if (first_at > 0) {
    deadlines_.arm(router.advert, first_at);
    return;
  }
  send(router, false);
  deadlines_.arm(router.advert, sys::monotonic_us() + every);
}

void Advertiser::due(Router& router, sys::Micros now) {
  const sys::Micros due = router.advert.due;
  send(router, false);
  note_lateness(now - due);
  sys::Micros following = due + router.every;
  // After an overrun the missed ones are gone: a burst would help nobody. Stay on the grid.
  if (following <= now) following += ((now - following) / router.every + 1) * router.every;
  deadlines_.arm(router.advert, following);
}

void Advertiser::quiet(Router& router, uint32_t farewells) {
  deadlines_.disarm(router.advert);
  if (router.content == nullptr) return;
  for (uint32_t i = 0; i < farewells; ++i) send(router, true);
  if (router.guard != nullptr) router.guard->every.store(0, std::memory_order_relaxed);
}

void Advertiser::send(Router& router, bool farewell) {
  if (router.endpoint == nullptr || router.content == nullptr) return;
  AdvertContent& content = *router.content;
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
