// Gratuitous ARP and unsolicited NA: rounds over prepared frames (reference/vrrp-protocol.md section 9.2).
// Without pacing a plan goes out in chunks, so that a long one does not hold up adverts; with pacing one
// frame at a time, and the gap counts over all plans of an interface.
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

/// Per interface; lives as long as the engine.
struct Pacer {
  sys::Micros free_at = 0;
};

struct AnnounceFrame {
  int32_t ifindex = 0;
  uint32_t length = 0;
  std::array<uint8_t, codec::kMaxAnnouncementSize> bytes{};
};

/// With pacing, all frames of a plan are of one interface: the maker splits.
struct AnnouncePlan : sys::Handover {
  uint32_t key = 0;
  std::vector<AnnounceFrame> frames;
  uint32_t repeat = 0;
  sys::Micros at = 0;
  uint32_t after_ticket = 0;
  sys::Micros pacing = 0;
  std::shared_ptr<Pacer> pacer;

  /// Frames sent so far, over all rounds.
  uint64_t position = 0;
  Timer timer{TimerKind::plan, this};
  enum class Stage : uint8_t { scheduled, waiting_for_ticket, ready };
  Stage stage = Stage::scheduled;
  AnnouncePlan* previous = nullptr;
  AnnouncePlan* following = nullptr;

  uint64_t total() const { return uint64_t{repeat} * frames.size(); }
};

class Announcer {
 public:
  /// An acknowledgement is waited for at most this long (decisions.md section 1).
  static constexpr sys::Micros kTicketGrace = 1000;

  /// Opens the packet socket. Throws sys::SystemError.
  Announcer(Deadlines& deadlines, sys::Mailbox<sys::Handover>& retired);

  /// `waits`: its ticket is not acknowledged yet.
  void add(AnnouncePlan* plan, bool waits, sys::Micros now);
  /// The plan's timer fired.
  void due(AnnouncePlan& plan, sys::Micros now);
  /// Plans that waited for this ticket need not wait any more.
  void acknowledged(uint32_t ticket);
  void cancel(uint32_t key);
  void cancel_all();
  bool work_left() const { return ready_count_ > 0; }
  /// Sends one chunk of the plan whose turn it is.
  void send_some();
  uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kChunk = 32;

  void enter(AnnouncePlan& plan, AnnouncePlan::Stage stage);
  void append(AnnouncePlan& plan);
  void unlink(AnnouncePlan& plan);
  void retire(AnnouncePlan& plan);
  void send(AnnouncePlan& plan, uint32_t frames);

  Deadlines& deadlines_;
  sys::Mailbox<sys::Handover>& retired_;
  sys::UniqueFd socket_;
  // All plans, in the order they get their turn.
  AnnouncePlan* first_ = nullptr;
  AnnouncePlan* last_ = nullptr;
  uint32_t ready_count_ = 0;
  std::atomic<uint64_t> sent_{0};
};

}  // namespace ka::engine
