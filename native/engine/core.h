// SPDX-License-Identifier: MIT
// The engine thread: one epoll, absolute deadlines on one timerfd, commands in, events out. It never
// allocates, locks, logs or waits for anything but epoll; memory comes with the commands and goes back
// through `retired`.
//
// Before a takeover that it will carry out itself it does not wait at all, for a moment (docs/decisions/0032).
//
// One turn: lease · commands · netlink answers · what is due to be sent · sockets · expiries · hand over
// events. So a flood of packets never delays an advert, and an expiry is only reported when everything
// received before it has been. RFC 9568, RFC 3768; reference/vrrp-protocol.md sections 3 to 5 and 9.2.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/advertiser.h"
#include "engine/announcer.h"
#include "engine/deadlines.h"
#include "engine/endpoint.h"
#include "engine/event_stage.h"
#include "engine/receiver.h"
#include "engine/router.h"
#include "netlink/worker.h"
#include "sys/mailbox.h"
#include "sys/unique_fd.h"
#include "sys/wakeup.h"

namespace ka::engine {

class Core;

/// Something to do on the engine thread. What it brought and what it exchanged for that is freed with it,
/// later, by the JavaScript thread.
struct Command : sys::Handover {
  virtual void apply(Core& core) noexcept = 0;
};

struct CoreOptions {
  /// Gets the line "L" when the lease is lost; −1 for none.
  int lease_fd = -1;
  netlink::WorkerBuffers buffers;
  /// Called on the engine thread when JavaScript has something to take; must not block.
  void (*notify)(void*) = nullptr;
  void* context = nullptr;
  /// Gets the time of each turn, one at least every kHeartbeatPeriod; nullptr: nobody looks.
  GuardSlot* heartbeat = nullptr;
  /// Where the BFD process tells of sessions that have ended (sys::SessionLoss); −1 for none.
  int session_fd = -1;
};

class Core {
 public:
  /// Opens every socket but those of endpoints. Throws sys::SystemError.
  explicit Core(const CoreOptions& options);
  /// Both threads must have ended.
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Any thread.
  void post(Command* command);
  void wake() { wakeup_.signal(); }
  void stop();

  /// The engine thread's body, until stop().
  void run();

  // Called by commands, on the engine thread.
  void add_endpoint(Endpoint& endpoint);
  void remove_endpoint(Endpoint& endpoint);
  void add_router(Router& router, Endpoint& endpoint);
  void remove_router(Router& router);
  /// Takes both and leaves the old ones in their place; the memory goes on with what the old one knew.
  void set_expectation(Router& router, std::unique_ptr<codec::Expectation>& expectation,
                       std::unique_ptr<codec::AuthMemory>& memory);
  void listen(Router& router, bool on);
  void arm(Router& router, sys::Micros due, int64_t generation);
  void disarm(Router& router) { expiring_.disarm(router.deadline); }
  void advertise(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
                 sys::Micros first_at);
  void quiet(Router& router, uint32_t farewells) { advertiser_.quiet(router, farewells); }
  void announce(std::unique_ptr<AnnouncePlan>& plan);
  void cancel_announcements(uint32_t key) { announcer_.cancel(key); }
  void submit(std::unique_ptr<netlink::Submission>& submission);
  /// Replaces what was ordered for routers that move together; `all` are these, the leader first.
  void set_orders(std::span<Router* const> all, std::unique_ptr<Orders>& orders, uint64_t hold);
  /// What was ordered goes on for these deadlines.
  void confirm_orders(Router& leader, std::span<const Confirmation> confirmations, uint64_t hold);
  void reserve_timers(std::vector<Timer*>& sending, std::vector<Timer*>& expiring);
  /// Obey again after a lost lease.
  void forget_lost_lease();

  // JavaScript thread.
  EventStage& stage() { return stage_; }
  sys::Mailbox<sys::Handover>& retired() { return retired_; }
  netlink::Worker& worker() { return worker_; }
  const Advertiser& advertiser() const { return advertiser_; }
  const Announcer& announcer() const { return announcer_; }

  // Both threads.
  std::atomic<sys::Micros> lease_until{0};
  std::atomic<bool> lease_lost{false};
  std::atomic<sys::Micros> heartbeat{0};
  std::atomic<uint64_t> unknown_vrid{0};
  std::atomic<uint64_t> too_short{0};

 private:
  void wait();
  sys::Micros wake_for(const Timer& expiry);
  bool awaits_answer(sys::Micros now) const;
  bool holds_back(sys::Micros now);
  void turn();
  void apply_commands();
  void transmit_due();
  void read_sockets();
  bool drain(Endpoint& endpoint, sys::Micros until);
  void note_crowd(uint32_t packets, sys::Micros now);
  void expire_due(sys::Micros now);
  void take_netlink();
  void tell_netlink();
  void beat(sys::Micros now);
  void check_lease(sys::Micros now);
  void lose_lease(sys::Micros now);
  void lease_orders_done();
  void resign(Resignation& resignation);
  void let_stand(Unit& unit, uint64_t hold);
  void drop_orders(Unit& unit);
  /// What an advert or an expiry came to.
  enum class Acted : uint8_t { not_at_all, silently, told_as_done };
  Acted act_on_advert(Router& router, const Packet& packet, const codec::Verdict& verdict);
  bool give_way(Router& router, const Packet& packet, const codec::Verdict& verdict);
  void let_go(Yield& yield);
  void hear_sessions();
  void lose(Unit& unit, const sys::SessionLoss& loss);
  bool put_off(Router& router, sys::Micros now);
  bool act_on_expiry(Router& router, Event& event);
  /// When its adverts were out.
  sys::Micros take_over(Takeover& takeover);
  void must_decide(Router& router, Event& event);
  void handle(Endpoint& endpoint, const Packet& packet);
  void refuse(Router& router, const Packet& packet, const codec::Verdict& verdict);
  void accept(Router& router, const Packet& packet, const codec::Verdict& verdict);
  bool held_up(uint32_t key, sys::Micros now) const;
  void start_submission(netlink::Submission* submission);
  bool under_way(uint32_t ticket) const;
  void keep_memory(Router& router);
  void recall_memory(Router& router);

  // Destroyed bottom up: the netlink thread first, then what the engine thread used.
  CoreOptions options_;
  sys::Wakeup wakeup_;
  sys::UniqueFd epoll_;
  sys::UniqueFd timer_;
  /// What the timerfd is set to, 0 for nothing; it may fire too early, never too late.
  sys::Micros programmed_ = 0;
  /// So many packets come that they are read only after so long; 0: at once.
  sys::Micros nap_ = 0;
  uint32_t in_window_ = 0;
  sys::Micros window_start_ = 0;
  std::atomic<bool> stopping_{false};
  /// The netlink thread looks for the batch of a takeover until then without sleeping.
  sys::Micros helper_awake_until_ = 0;
  /// Until then the answer to such a batch is waited for without sleeping.
  sys::Micros answer_awaited_until_ = 0;
  /// Since then JavaScript is not told, 0: it is.
  sys::Micros held_back_since_ = 0;

  sys::Mailbox<Command> inbox_;
  sys::Mailbox<sys::Handover> retired_;
  EventStage stage_;
  Deadlines sending_;
  Deadlines expiring_;
  Receiver receiver_;
  Advertiser advertiser_;
  Announcer announcer_;

  Endpoint* endpoints_ = nullptr;
  Router* routers_ = nullptr;
  /// What the last routers that were removed remember: one that comes back, on a new socket, goes on with it.
  struct Kept {
    uint32_t key = 0;
    std::unique_ptr<codec::AuthMemory> memory;
  };
  std::array<Kept, 64> kept_;
  size_t next_kept_ = 0;
  Timer lease_timer_{TimerKind::lease};
  Timer order_grace_{TimerKind::order_grace};
  /// Netlink parts of lease orders that are not done yet.
  uint32_t orders_under_way_ = 0;
  /// Submissions the netlink thread has, oldest first.
  netlink::Submission* first_under_way_ = nullptr;
  netlink::Submission* last_under_way_ = nullptr;
  sys::Fifo<netlink::Submission> results_;
  sys::Fifo<netlink::Change> changes_;
  /// A socket has more, and there is room for it.
  bool unread_ = false;
  bool sessions_told_ = false;
  /// No room in the stage: reading and expiries wait for JavaScript.
  bool blocked_ = false;
  uint64_t last_told_ = 0;
  /// JavaScript should empty `retired` soon: sockets are closed there.
  bool reap_wanted_ = false;
  /// When the next turn is due though nothing happens: whoever looks at the heartbeat expects one.
  sys::Micros beat_due_ = 0;

  netlink::Worker worker_;
};

}  // namespace ka::engine
