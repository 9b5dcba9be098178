// SPDX-License-Identifier: MIT
#include "engine/announcer.h"

#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "engine/packet_filter.h"
#include "sys/system_error.h"

namespace ka::engine {

Announcer::Announcer(Deadlines& deadlines, sys::Mailbox<sys::Handover>& retired)
    // Protocol 0: the kernel hands such a socket nothing; the filter keeps it so whatever happens to the
    // binding.
    : deadlines_(deadlines),
      retired_(retired),
      socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (!socket_) throw sys::SystemError(errno, "socket", "AF_PACKET");
  drop_everything(socket_);
}

void PlanQueue::append(AnnouncePlan& plan) {
  plan.ahead = last;
  plan.behind = nullptr;
  (last != nullptr ? last->behind : first) = &plan;
  last = &plan;
}

void PlanQueue::unlink(AnnouncePlan& plan) {
  (plan.ahead != nullptr ? plan.ahead->behind : first) = plan.behind;
  (plan.behind != nullptr ? plan.behind->ahead : last) = plan.ahead;
}

void Announcer::add(AnnouncePlan* plan, bool waits, sys::Micros now) {
  if (plan->slot != 0) replace_slot(*plan);
  plan->previous = last_;
  plan->following = nullptr;
  (last_ != nullptr ? last_->following : first_) = plan;
  last_ = plan;
  plan->left = uint64_t{plan->repeat} * plan->frames.size();
  if (!waits) plan->after_ticket = 0;
  if (plan->at > now) {
    deadlines_.arm(plan->timer, plan->at);
  } else {
    due(*plan, now);
  }
}

void Announcer::replace_slot(const AnnouncePlan& plan) {
  for (AnnouncePlan* other = first_; other != nullptr;) {
    AnnouncePlan* following = other->following;
    const bool begun = other->stage == AnnouncePlan::Stage::ready;
    if (other->key == plan.key && other->slot == plan.slot && other->clock == plan.clock && !begun) retire(*other);
    other = following;
  }
}

void Announcer::due(AnnouncePlan& plan, sys::Micros now) {
  if (plan.stage == AnnouncePlan::Stage::scheduled && plan.after_ticket != 0) {
    plan.stage = AnnouncePlan::Stage::waiting_for_ticket;
    deadlines_.arm(plan.timer, now + kTicketGrace);
  } else {
    make_ready(plan, now);
  }
}

void Announcer::make_ready(AnnouncePlan& plan, sys::Micros now) {
  deadlines_.disarm(plan.timer);
  if (joins_waiting(plan)) {
    retire(plan);
    return;
  }
  plan.stage = AnnouncePlan::Stage::ready;
  queue_of(plan).append(plan);
  if (plan.pacer != nullptr && !plan.pacer->timer.armed()) {
    deadlines_.arm(plan.pacer->timer, std::max(now, plan.pacer->free_at));
  }
}

// Reference 9.2: each address waits for at most `repeat` frames. The one that waits goes on where it is, so
// that a burst asked for again and again still reaches the last address.
bool Announcer::joins_waiting(AnnouncePlan& plan) {
  if (plan.pacer == nullptr) return false;
  for (AnnouncePlan* other = plan.pacer->waiting.first; other != nullptr; other = other->behind) {
    if (other->key != plan.key || other->frames != plan.frames) continue;
    other->left = std::max(other->left, plan.left);
    return true;
  }
  return false;
}

void Announcer::due(Pacer& pacer) {
  deadlines_.disarm(pacer.timer);
  if (pacer.waiting.empty()) return;
  AnnouncePlan& plan = *pacer.waiting.first;
  const sys::Micros gap = plan.pacing;
  const bool done = send(plan, 1);
  // Counted from what has left: a thread that was held up in between must not shorten the gap.
  pacer.free_at = sys::monotonic_us() + gap;
  if (!done) {
    // To the end of the line: plans take turns.
    pacer.waiting.unlink(plan);
    pacer.waiting.append(plan);
  }
  if (!pacer.waiting.empty()) deadlines_.arm(pacer.timer, pacer.free_at);
}

void Announcer::acknowledged(uint32_t ticket) {
  for (AnnouncePlan* plan = first_; plan != nullptr;) {
    AnnouncePlan* following = plan->following;
    if (plan->after_ticket == ticket) {
      plan->after_ticket = 0;
      if (plan->stage == AnnouncePlan::Stage::waiting_for_ticket) make_ready(*plan, sys::monotonic_us());
    }
    plan = following;
  }
}

void Announcer::cancel(uint32_t key) {
  for (AnnouncePlan* plan = first_; plan != nullptr;) {
    AnnouncePlan* following = plan->following;
    if (plan->key == key) retire(*plan);
    plan = following;
  }
}

void Announcer::cancel_all() {
  while (first_ != nullptr) retire(*first_);
}

void Announcer::send_some() {
  if (unpaced_.empty()) return;
  AnnouncePlan& plan = *unpaced_.first;
  if (send(plan, static_cast<uint32_t>(std::min<uint64_t>(kChunk, plan.left)))) return;
  unpaced_.unlink(plan);
  unpaced_.append(plan);
}

bool Announcer::send(AnnouncePlan& plan, uint32_t frames) {
  std::array<mmsghdr, kChunk> messages{};
  std::array<iovec, kChunk> vectors;
  std::array<sockaddr_ll, kChunk> addresses{};
  for (uint32_t i = 0; i < frames; ++i) {
    AnnounceFrame& frame = plan.frames[(plan.next_frame + i) % plan.frames.size()];
    vectors[i] = {frame.bytes.data(), frame.length};
    addresses[i].sll_family = AF_PACKET;
    addresses[i].sll_ifindex = frame.ifindex;
    addresses[i].sll_halen = ETH_ALEN;
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &addresses[i];
    messages[i].msg_hdr.msg_namelen = sizeof addresses[i];
  }
  plan.next_frame = (plan.next_frame + frames) % plan.frames.size();
  plan.left -= frames;
  uint64_t sent = 0;
  for (uint32_t next = 0; next < frames;) {
    const int done = ::sendmmsg(socket_.get(), &messages[next], frames - next, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done > 0) {
      sent += static_cast<uint64_t>(done);
      next += static_cast<uint32_t>(done);
    } else if (done < 0 && errno == EINTR) {
      continue;
    } else {
      ++next;  // an interface that is down or gone loses its frame, the others keep theirs
    }
  }
  sent_.fetch_add(sent, std::memory_order_relaxed);
  if (plan.left > 0) return false;
  retire(plan);
  return true;
}

void Announcer::retire(AnnouncePlan& plan) {
  deadlines_.disarm(plan.timer);
  if (plan.stage == AnnouncePlan::Stage::ready) {
    queue_of(plan).unlink(plan);
    // Nothing may refer to the pacer that the last plan takes with it.
    if (plan.pacer != nullptr && plan.pacer->waiting.empty()) deadlines_.disarm(plan.pacer->timer);
  }
  (plan.previous != nullptr ? plan.previous->following : first_) = plan.following;
  (plan.following != nullptr ? plan.following->previous : last_) = plan.previous;
  retired_.push(&plan);
}

}  // namespace ka::engine
