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

void Announcer::add(AnnouncePlan* plan, bool waits, sys::Micros now) {
  append(*plan);
  if (!waits) plan->after_ticket = 0;
  if (plan->at > now) {
    deadlines_.arm(plan->timer, plan->at);
  } else {
    due(*plan, now);
  }
}

void Announcer::due(AnnouncePlan& plan, sys::Micros now) {
  if (plan.stage == AnnouncePlan::Stage::scheduled && plan.after_ticket != 0) {
    enter(plan, AnnouncePlan::Stage::waiting_for_ticket);
    deadlines_.arm(plan.timer, now + kTicketGrace);
  } else {
    enter(plan, AnnouncePlan::Stage::ready);
  }
}

void Announcer::acknowledged(uint32_t ticket) {
  for (AnnouncePlan* plan = first_; plan != nullptr; plan = plan->following) {
    if (plan->after_ticket != ticket) continue;
    plan->after_ticket = 0;
    if (plan->stage == AnnouncePlan::Stage::waiting_for_ticket) enter(*plan, AnnouncePlan::Stage::ready);
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
  AnnouncePlan* plan = first_;
  while (plan != nullptr && plan->stage != AnnouncePlan::Stage::ready) plan = plan->following;
  if (plan == nullptr) return;
  const bool paced = plan->pacing > 0 && plan->pacer != nullptr;
  if (paced) {
    const sys::Micros now = sys::monotonic_us();
    if (now < plan->pacer->free_at) {
      enter(*plan, AnnouncePlan::Stage::scheduled);
      deadlines_.arm(plan->timer, plan->pacer->free_at);
      return;
    }
    plan->pacer->free_at = now + plan->pacing;
  }
  send(*plan, static_cast<uint32_t>(std::min<uint64_t>(paced ? 1 : kChunk, plan->total() - plan->position)));
  if (plan->position >= plan->total()) {
    retire(*plan);
    return;
  }
  // To the end of the line: plans take turns.
  unlink(*plan);
  append(*plan);
}

void Announcer::send(AnnouncePlan& plan, uint32_t frames) {
  std::array<mmsghdr, kChunk> messages{};
  std::array<iovec, kChunk> vectors;
  std::array<sockaddr_ll, kChunk> addresses{};
  for (uint32_t i = 0; i < frames; ++i) {
    AnnounceFrame& frame = plan.frames[(plan.position + i) % plan.frames.size()];
    vectors[i] = {frame.bytes.data(), frame.length};
    addresses[i].sll_family = AF_PACKET;
    addresses[i].sll_ifindex = frame.ifindex;
    addresses[i].sll_halen = ETH_ALEN;
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &addresses[i];
    messages[i].msg_hdr.msg_namelen = sizeof addresses[i];
  }
  plan.position += frames;
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
}

void Announcer::enter(AnnouncePlan& plan, AnnouncePlan::Stage stage) {
  if (plan.stage == AnnouncePlan::Stage::ready) --ready_count_;
  if (stage == AnnouncePlan::Stage::ready) ++ready_count_;
  plan.stage = stage;
  deadlines_.disarm(plan.timer);
}

void Announcer::append(AnnouncePlan& plan) {
  plan.previous = last_;
  plan.following = nullptr;
  (last_ != nullptr ? last_->following : first_) = &plan;
  last_ = &plan;
}

void Announcer::unlink(AnnouncePlan& plan) {
  (plan.previous != nullptr ? plan.previous->following : first_) = plan.following;
  (plan.following != nullptr ? plan.following->previous : last_) = plan.previous;
}

void Announcer::retire(AnnouncePlan& plan) {
  enter(plan, AnnouncePlan::Stage::scheduled);
  unlink(plan);
  retired_.push(&plan);
}

}  // namespace ka::engine
