// SPDX-License-Identifier: MIT
// The engine as its owner, one thread (JavaScript's), sees it: turns calls into commands, keeps the tables of
// what exists, frees what comes back. All methods belong to that one thread; close() ends both real-time
// threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/core.h"
#include "engine/guard.h"
#include "sys/realtime_thread.h"

namespace ka::engine {

struct EngineOptions {
  /// SCHED_FIFO priority; 0 leaves scheduling alone. The netlink thread gets one less.
  int realtime_priority = 0;
  bool lock_memory = false;
  int lease_fd = -1;
  netlink::WorkerBuffers buffers;
  /// Shared memory of GuardTable::kBytes, closed by the engine; −1 for none.
  int guard_fd = -1;
  /// See CoreOptions.
  int session_fd = -1;
};

class Engine {
 public:
  /// Starts both threads in the caller's network namespace. notify: see CoreOptions. Throws sys::SystemError.
  Engine(const EngineOptions& options, void (*notify)(void*), void* context);
  ~Engine() { close(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Joins both threads and closes everything; sends nothing. Any number of times.
  void close();
  bool closed() const { return core_ == nullptr; }

  /// Throws sys::SystemError.
  uint32_t open_endpoint(EndpointSpec spec);
  /// nullptr for an endpoint that is not open.
  const EndpointSpec* endpoint(uint32_t id) const;
  void close_endpoint(uint32_t id);
  /// SO_RCVBUF; nothing for an endpoint that is not open. Throws sys::SystemError.
  void set_receive_buffer(uint32_t id, int bytes);
  /// Throws sys::SystemError. See endpoint.h.
  void rejoin(uint32_t id);

  bool has_router(uint32_t key) const { return routers_.contains(key); }
  /// The endpoint must be open and the key free.
  void add_router(uint32_t key, uint32_t endpoint, uint8_t vrid,
                  std::unique_ptr<codec::Expectation> expectation);
  void remove_router(uint32_t key);

  // The router must exist, but for announcements.
  void set_expectation(uint32_t key, std::unique_ptr<codec::Expectation> expectation);
  /// Adverts with AH count on from here.
  void set_ah_sequence(uint32_t key, uint32_t last);
  void listen(uint32_t key, bool on);
  void arm(uint32_t key, sys::Micros due, int64_t generation);
  void disarm(uint32_t key);
  /// How the router's adverts leave; nullptr when its endpoint was closed.
  const EndpointSpec* route_of(uint32_t key) const;
  void advertise(uint32_t key, std::unique_ptr<AdvertContent> content, sys::Micros every,
                 sys::Micros first_at);
  void quiet(uint32_t key, uint32_t farewells);
  void announce(std::unique_ptr<AnnouncePlan> plan);
  void cancel_announcements(uint32_t key);
  void set_resignation(uint32_t key, std::unique_ptr<Resignation> resignation);

  /// What the engine did by itself.
  struct Done {
    std::vector<Deed> deeds;
    struct Deadline {
      uint32_t key = 0;
      sys::Micros due = 0;
    };
    std::vector<Deadline> deadlines;
  };
  /// Keeps the engine from acting for this router and those that move with it, until orders are given or
  /// confirmed. Nothing when it could not have acted since it was last asked.
  std::optional<Done> withhold_orders(uint32_t key);
  /// Takes the place of former orders. `all` move together, the leader first; members, parts and announcements
  /// have their keys.
  void give_orders(const std::vector<uint32_t>& all, std::unique_ptr<Orders> orders);
  /// The orders given last, for the present deadlines of the same members. `key`: one of those they are for.
  void confirm_orders(uint32_t key, std::vector<Confirmation> confirmations);
  void renew_lease(sys::Micros until);
  void clear_refusals(uint32_t key);
  /// Keeps the last packets and timer events of this router, at most FlightRing::kMost; 0: none any more.
  void record(uint32_t key, size_t slots);
  /// Oldest first; nothing without record().
  std::vector<FlightSlot> recorded(uint32_t key) const;
  /// What was heard last; when that was after `at`, what was when the deadline ran out. false: nothing yet.
  bool testimony(uint32_t key, sys::Micros at, Testimony& testimony) const;
  /// Packets that its socket has dropped so far for want of room (sk_drops).
  uint32_t socket_drops(uint32_t key) const;
  Counters& counters(uint32_t key) { return routers_.at(key).router->counters; }
  void submit(std::unique_ptr<netlink::Submission> submission);
  /// Worker::renew(); nothing with nullptr.
  void renew_addresses(std::unique_ptr<netlink::Renewal> renewal) { core_->worker().renew(std::move(renewal)); }
  /// Whether what has this key is renewed now; a takeover or a yield of the engine's own changes it too.
  const std::shared_ptr<std::atomic<bool>>& renewed(uint32_t key);

  /// Calls read with the waiting batch, then gives the buffer back; objects of events are freed here.
  void read_events(const std::function<void(std::span<const Event>)>& read);

  const Core& core() const { return *core_; }
  uint64_t events_dropped() const { return core_->stage().dropped(); }
  const std::string& realtime_error() const { return realtime_error_; }
  const std::string& lock_error() const { return lock_error_; }

 private:
  struct RouterEntry {
    Router* router = nullptr;
    uint32_t endpoint = 0;
    /// Whose unit it is in.
    Router* leader = nullptr;
    /// The router's, or on its way to it.
    const FlightRing* ring = nullptr;
  };

  /// Posts `action(core)`; what it owns after that is freed when it comes back.
  template <typename Action>
  void post(Action action);
  void prepare(AnnouncePlan& plan);
  void lock(const AdvertContent& content);
  void reap();
  void make_room_for_timers();
  void lock(const void* start, size_t bytes);

  EngineOptions options_;
  std::string realtime_error_;
  std::string lock_error_;
  // Borrowed from core_, which deletes what is left when it goes.
  std::unordered_map<uint32_t, Endpoint*> endpoints_;
  std::unordered_map<uint32_t, RouterEntry> routers_;
  std::unordered_map<uint32_t, std::shared_ptr<std::atomic<bool>>> renewed_;
  /// By clock.
  std::unordered_map<uint32_t, std::shared_ptr<Pacer>> pacers_;
  uint32_t last_endpoint_ = 0;
  size_t plans_out_ = 0;
  size_t timer_room_ = 0;
  GuardTable guard_;
  std::unique_ptr<Core> core_;
  // After core_: joined before anything it uses goes.
  sys::RealtimeThread thread_;
};

}  // namespace ka::engine
