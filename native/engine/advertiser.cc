#include "engine/advertiser.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "engine/endpoint.h"

namespace ka::engine {
namespace {

/// What all copies of one advert share.
struct Stamps {
  uint16_t ip_id = 0;
  uint32_t ah_sequence = 0;
  codec::Stamp hmac = 0;
};

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

/// The last touch before a copy goes out: AH's ICV covers the identification and the destination (reference
/// 2.2), the auth_hmac trailer carries the time (2.3).
void finish_copy(const AdvertContent& content, std::span<uint8_t> packet, const Stamps& stamps) {
  if (content.family == codec::kIpv4) codec::set_ip_id(packet, stamps.ip_id);
  if (content.signer) {
    codec::sign_trailer(content.signer->key, content.source, stamps.hmac,
                        codec::message_of(packet, content.family));
  }
  if (content.ah_key) codec::sign_ah(*content.ah_key, packet, stamps.ah_sequence);
}

/// 0 or an errno.
int send_copy(int fd, AdvertContent& content, AdvertCopy& copy, std::span<uint8_t> packet) {
  iovec vector{packet.data(), packet.size()};
  msghdr message{};
  message.msg_name = &copy.address;
  message.msg_namelen = copy.address_length;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (content.control_length > 0) {
    message.msg_control = content.control.data();
    message.msg_controllen = content.control_length;
  }
  return ::sendmsg(fd, &message, content.send_flags) < 0 ? errno : 0;
}

}  // namespace

void Advertiser::start(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
                       sys::Micros first_at) {
  if (!router.advert.armed()) router.memory->ah.become_active();
  router.content.swap(content);
  router.every = every;
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
