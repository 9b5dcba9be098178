// SPDX-License-Identifier: MIT
// Gratuitous ARP and unsolicited NA: rounds over prepared frames (reference/vrrp-protocol.md section 9.2).
// Without pacing a plan goes out in chunks, so that a long one does not hold up adverts. With pacing, one frame
// at a time: the plans of one clock wait in its queue and take turns, so a frame costs the same however many
// wait, and no address is ever queued more often than one burst asks for.
#pragma once

#include <linux/if_packet.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/announce.h"
#include "engine/deadlines.h"
#include "sys/mailbox.h"
#include "sys/unique_fd.h"

namespace ka::engine {

struct AnnouncePlan;

/// Plans in the order they get their turn.
struct PlanQueue {
  AnnouncePlan* first = nullptr;
  AnnouncePlan* last = nullptr;

  bool empty() const { return first == nullptr; }
  void append(AnnouncePlan& plan);
  void unlink(AnnouncePlan& plan);
};

/// Keeps a distance between the frames of all plans with one clock; lives as long as the engine.
struct Pacer {
  /// No frame before this.
  sys::Micros free_at = 0;
  PlanQueue waiting;
  Timer timer{TimerKind::pacer, this};
};

struct AnnounceFrame {
  int32_t ifindex = 0;
  uint32_t length = 0;
  std::array<uint8_t, codec::kMaxAnnouncementSize> bytes{};

  bool operator==(const AnnounceFrame&) const = default;
};

struct AnnouncePlan : sys::Handover {
  ~AnnouncePlan() override {
    if (alive != nullptr) --*alive;
  }

  /// How many plans its maker has out, itself counted; it is freed by the same thread.
  size_t* alive = nullptr;
  uint32_t key = 0;
  std::vector<AnnounceFrame> frames;
  uint32_t repeat = 0;
  sys::Micros at = 0;
  uint32_t after_ticket = 0;
  /// Not 0: takes the place of a plan of the same key and slot that has not begun.
  uint32_t slot = 0;
  sys::Micros pacing = 0;
  uint32_t clock = 0;
  /// With pacing.
  std::shared_ptr<Pacer> pacer;

  /// Index of the next frame, and how many are left over all rounds.
  size_t next_frame = 0;
  uint64_t left = 0;
  Timer timer{TimerKind::plan, this};
  enum class Stage : uint8_t { scheduled, waiting_for_ticket, ready };
  Stage stage = Stage::scheduled;
  /// Among all plans.
  AnnouncePlan* previous = nullptr;
  AnnouncePlan* following = nullptr;
  /// Where its turn is waited for, while ready.
  AnnouncePlan* ahead = nullptr;
  AnnouncePlan* behind = nullptr;
};

class Announcer {
 public:
  /// An acknowledgement is waited for at most this long (decisions.md section 1).
  static constexpr sys::Micros kTicketGrace = 1000;

  /// Opens the packet socket. Throws sys::SystemError.
  Announcer(Deadlines& deadlines, sys::Mailbox<sys::Handover>& retired);

  /// `waits`: its ticket is not acknowledged yet.
  void add(AnnouncePlan* plan, bool waits, sys::Micros now);
  /// The pacer's timer fired: one frame, and the next one a gap later.
  void due(Pacer& pacer);
  /// The plan's timer fired.
  void due(AnnouncePlan& plan, sys::Micros now);
  /// Plans that waited for this ticket need not wait any more.
  void acknowledged(uint32_t ticket);
  void cancel(uint32_t key);
  void cancel_all();
  bool work_left() const { return !unpaced_.empty(); }
  /// Sends one chunk of the plan without pacing whose turn it is.
  void send_some();
  uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kChunk = 32;

  void make_ready(AnnouncePlan& plan, sys::Micros now);
  bool joins_waiting(AnnouncePlan& plan);
  void replace_slot(const AnnouncePlan& plan);
  PlanQueue& queue_of(AnnouncePlan& plan) { return plan.pacer != nullptr ? plan.pacer->waiting : unpaced_; }
  void retire(AnnouncePlan& plan);
  /// True when nothing is left of it: then it is gone.
  bool send(AnnouncePlan& plan, uint32_t frames);

  Deadlines& deadlines_;
  sys::Mailbox<sys::Handover>& retired_;
  sys::UniqueFd socket_;
  // All plans, oldest first.
  AnnouncePlan* first_ = nullptr;
  AnnouncePlan* last_ = nullptr;
  PlanQueue unpaced_;
  std::atomic<uint64_t> sent_{0};
};

}  // namespace ka::engine
