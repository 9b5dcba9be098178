// SPDX-License-Identifier: MIT
#include "engine/engine.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "sys/system_error.h"

namespace ka::engine {
namespace {

// Timers that are neither a router's nor a plan's: lease, grace.
constexpr size_t kOtherTimers = 8;

template <typename Action>
struct ActionCommand final : Command {
  explicit ActionCommand(Action action) : action_(std::move(action)) {}
  void apply(Core& core) noexcept override { action_(core); }
  Action action_;
};

/// Room to remember everybody whom this expectation may accept.
std::unique_ptr<codec::AuthMemory> make_memory(const codec::Expectation& expectation, bool multicast) {
  auto memory = std::make_unique<codec::AuthMemory>();
  if (multicast) return memory;
  std::vector<codec::Addr> peers;
  for (const codec::Peer& peer : expectation.peers) peers.push_back(peer.address);
  memory->heard = codec::HighWaterMarks(peers);
  return memory;
}

void add_reason(std::string& reasons, const std::string& reason) {
  if (reason.empty() || reasons.find(reason) != std::string::npos) return;
  if (!reasons.empty()) reasons += "; ";
  reasons += reason;
}

}  // namespace

template <typename Action>
void Engine::post(Action action) {
  reap();
  core_->post(new ActionCommand<Action>(std::move(action)));
}

Engine::Engine(const EngineOptions& options, void (*notify)(void*), void* context)
    : options_(options), guard_(options.guard_fd) {
  core_ = std::make_unique<Core>(CoreOptions{options.lease_fd, options.buffers, notify, context, guard_.claim(kHeartbeatKey), options.session_fd});
  make_room_for_timers();
  if (options.lock_memory) {
    lock(core_.get(), sizeof(Core));
    // Code is read from disk again when its pages were dropped: ours and that of the C library.
    add_reason(lock_error_, sys::lock_object_of(reinterpret_cast<const void*>(&add_reason)));
    add_reason(lock_error_, sys::lock_object_of(reinterpret_cast<const void*>(&std::abort)));
  }
  const int priority = options.realtime_priority;
  auto& worker = core_->worker();
  worker.start({"ka-netlink", priority > 0 ? std::max(1, priority - 1) : 0, options.lock_memory});
  thread_.start(
      {"ka-engine", priority, options.lock_memory}, [](void* core) { static_cast<Core*>(core)->run(); },
      core_.get());
  for (const sys::RealtimeThread* thread :
       {static_cast<const sys::RealtimeThread*>(&thread_), &worker.thread()}) {
    add_reason(realtime_error_, thread->realtime_error());
    add_reason(lock_error_, thread->lock_error());
  }
}

void Engine::close() {
  if (closed()) return;
  core_->stop();
  thread_.join();
  core_->worker().stop();
  reap();
  endpoints_.clear();
  routers_.clear();
  core_.reset();
}

uint32_t Engine::open_endpoint(EndpointSpec spec) {
  auto endpoint = std::make_unique<Endpoint>();
  endpoint->spec = std::move(spec);
  open_sockets(*endpoint);
  endpoint->id = ++last_endpoint_;
  endpoint->empty_at = sys::monotonic_us();
  Endpoint* opened = endpoint.release();
  endpoints_.emplace(opened->id, opened);
  post([opened](Core& core) { core.add_endpoint(*opened); });
  return opened->id;
}

const EndpointSpec* Engine::endpoint(uint32_t id) const {
  const auto found = endpoints_.find(id);
  return found == endpoints_.end() ? nullptr : &found->second->spec;
}

void Engine::close_endpoint(uint32_t id) {
  const auto found = endpoints_.find(id);
  if (found == endpoints_.end()) return;
  Endpoint* endpoint = found->second;
  endpoints_.erase(found);
  post([endpoint](Core& core) { core.remove_endpoint(*endpoint); });
}

void Engine::set_receive_buffer(uint32_t id, int bytes) {
  const auto found = endpoints_.find(id);
  if (found == endpoints_.end()) return;
  // The descriptor is closed by this thread alone, so it is the socket's for the length of the call.
  if (::setsockopt(found->second->receive.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0) {
    throw sys::SystemError(errno, "setsockopt", "SO_RCVBUF");
  }
}

void Engine::rejoin(uint32_t id) {
  const auto found = endpoints_.find(id);
  if (found != endpoints_.end()) engine::rejoin(*found->second);
}

void Engine::add_router(uint32_t key, uint32_t endpoint_id, uint8_t vrid,
                        std::unique_ptr<codec::Expectation> expectation) {
  auto router = std::make_unique<Router>();
  router->key = key;
  router->vrid = vrid;
  Endpoint* endpoint = endpoints_.at(endpoint_id);
  router->memory = make_memory(*expectation, endpoint->spec.multicast);
  router->expectation = std::move(expectation);
  router->guard = guard_.claim(key);
  router->renewed = renewed(key);
  if (options_.lock_memory) lock(router.get(), sizeof(Router));
  Router* added = router.release();
  routers_[key] = {added, endpoint_id, added};
  make_room_for_timers();
  post([added, endpoint](Core& core) { core.add_router(*added, *endpoint); });
}

const std::shared_ptr<std::atomic<bool>>& Engine::renewed(uint32_t key) {
  auto& flag = renewed_[key];
  if (flag == nullptr) flag = std::make_shared<std::atomic<bool>>(false);
  return flag;
}

void Engine::remove_router(uint32_t key) {
  const auto found = routers_.find(key);
  if (found == routers_.end()) return;
  Router* router = found->second.router;
  routers_.erase(found);
  for (auto& [other, entry] : routers_) {
    if (entry.leader == router) entry.leader = entry.router;
  }
  post([router](Core& core) { core.remove_router(*router); });
}

void Engine::set_expectation(uint32_t key, std::unique_ptr<codec::Expectation> expectation) {
  const EndpointSpec* route = route_of(key);
  auto memory = make_memory(*expectation, route == nullptr || route->multicast);
  post([router = routers_.at(key).router, held = std::move(expectation), memory = std::move(memory)](
           Core& core) mutable { core.set_expectation(*router, held, memory); });
}

void Engine::set_ah_sequence(uint32_t key, uint32_t last) {
  post([router = routers_.at(key).router, last](Core&) { router->memory->ah = codec::AhSequence(last); });
}

void Engine::listen(uint32_t key, bool on) {
  post([router = routers_.at(key).router, on](Core& core) { core.listen(*router, on); });
}

void Engine::arm(uint32_t key, sys::Micros due, int64_t generation) {
  post([router = routers_.at(key).router, due, generation](Core& core) {
    core.arm(*router, due, generation);
  });
}

void Engine::disarm(uint32_t key) {
  post([router = routers_.at(key).router](Core& core) { core.disarm(*router); });
}

const EndpointSpec* Engine::route_of(uint32_t key) const { return endpoint(routers_.at(key).endpoint); }

void Engine::advertise(uint32_t key, std::unique_ptr<AdvertContent> content, sys::Micros every,
                       sys::Micros first_at) {
  lock(*content);
  post([router = routers_.at(key).router, held = std::move(content), every, first_at](Core& core) mutable {
    core.advertise(*router, held, every, first_at);
  });
}

void Engine::quiet(uint32_t key, uint32_t farewells) {
  post([router = routers_.at(key).router, farewells](Core& core) { core.quiet(*router, farewells); });
}

void Engine::announce(std::unique_ptr<AnnouncePlan> plan) {
  if (plan->frames.empty() || plan->repeat == 0) return;
  prepare(*plan);
  make_room_for_timers();
  post([held = std::move(plan)](Core& core) mutable { core.announce(held); });
}

void Engine::prepare(AnnouncePlan& plan) {
  if (plan.pacing > 0) {
    auto& pacer = pacers_[plan.clock];
    if (pacer == nullptr) pacer = std::make_shared<Pacer>();
    plan.pacer = pacer;
  }
  plan.alive = &plans_out_;
  ++plans_out_;
}

void Engine::cancel_announcements(uint32_t key) {
  post([key](Core& core) { core.cancel_announcements(key); });
}

void Engine::set_resignation(uint32_t key, std::unique_ptr<Resignation> resignation) {
  post([router = routers_.at(key).router, held = std::move(resignation)](Core&) mutable {
    router->resignation.swap(held);
  });
}

std::optional<Engine::Done> Engine::withhold_orders(uint32_t key) {
  const Unit& unit = routers_.at(key).leader->own_unit;
  if (!routers_.at(key).leader->own_unit.hold.withhold() || unit.orders == nullptr) return std::nullopt;
  Done done;
  done.deeds = unit.orders->deeds;
  for (const Orders::Member& member : unit.orders->members) {
    done.deadlines.push_back({member.router->key, member.router->deadline.due});
  }
  return done;
}

void Engine::give_orders(const std::vector<uint32_t>& all, std::unique_ptr<Orders> orders) {
  Router* leader = routers_.at(all.front()).router;
  std::vector<Router*> routers;
  for (const uint32_t key : all) {
    RouterEntry& entry = routers_.at(key);
    entry.leader->own_unit.hold.withhold();
    entry.leader = leader;
    routers.push_back(entry.router);
  }
  leader->own_unit.hold.withhold();
  orders->deeds.reserve(2 * orders->members.size() + Orders::kDeeds);
  for (Orders::Member& member : orders->members) member.router = routers_.at(member.key).router;
  if (orders->takeover != nullptr) {
    for (Takeover::Part& part : orders->takeover->parts) {
      part.router = routers_.at(part.key).router;
      lock(*part.content);
    }
    for (auto& plan : orders->takeover->announcements) prepare(*plan);
  }
  if (orders->yield != nullptr) {
    for (Yield::Part& part : orders->yield->parts) part.router = routers_.at(part.key).router;
  }
  orders->active = orders->takeover == nullptr && orders->yield != nullptr;
  make_room_for_timers();
  post([routers = std::move(routers), held = std::move(orders), hold = leader->own_unit.hold.number()](
           Core& core) mutable { core.set_orders(routers, held, hold); });
}

void Engine::confirm_orders(uint32_t key, std::vector<Confirmation> confirmations) {
  Router* leader = routers_.at(key).leader;
  post([leader, held = std::move(confirmations), hold = leader->own_unit.hold.number()](Core& core) {
    core.confirm_orders(*leader, held, hold);
  });
}

void Engine::renew_lease(sys::Micros until) {
  if (until == 0) {
    core_->lease_until.store(0);
    post([](Core& core) { core.forget_lost_lease(); });
    return;
  }
  if (core_->lease_lost.load()) return;
  const sys::Micros before = core_->lease_until.exchange(until);
  // A longer lease is seen when the thread wakes up for the old one; only the first, or a shorter one, must
  // be told.
  if (before == 0 || until < before) core_->wake();
}

void Engine::record(uint32_t key, size_t slots) {
  RouterEntry& entry = routers_.at(key);
  auto ring = slots == 0 ? nullptr : std::make_unique<FlightRing>(std::min(slots, FlightRing::kMost));
  if (ring != nullptr && options_.lock_memory) lock(ring->memory(), ring->bytes());
  entry.ring = ring.get();
  post([router = entry.router, held = std::move(ring)](Core&) mutable { router->flight.ring.swap(held); });
}

std::vector<FlightSlot> Engine::recorded(uint32_t key) const {
  const FlightRing* ring = routers_.at(key).ring;
  return ring == nullptr ? std::vector<FlightSlot>() : ring->read();
}

bool Engine::testimony(uint32_t key, sys::Micros at, Testimony& testimony) const {
  const Flight& flight = routers_.at(key).router->flight;
  const bool known = flight.testimony.load(testimony);
  return known && testimony.heard_at > at ? flight.at_expiry.load(testimony) : known;
}

uint32_t Engine::socket_drops(uint32_t key) const {
  const auto found = endpoints_.find(routers_.at(key).endpoint);
  if (found == endpoints_.end()) return 0;
  std::array<uint32_t, SK_MEMINFO_VARS> figures{};
  socklen_t length = sizeof figures;
  // Linux 4.12; without it nothing was dropped as far as anybody knows.
  if (::getsockopt(found->second->receive.get(), SOL_SOCKET, SO_MEMINFO, figures.data(), &length) != 0) return 0;
  return figures[SK_MEMINFO_DROPS];
}

void Engine::clear_refusals(uint32_t key) {
  routers_.at(key).router->told.store(0, std::memory_order_relaxed);
}

void Engine::submit(std::unique_ptr<netlink::Submission> submission) {
  post([held = std::move(submission)](Core& core) mutable { core.submit(held); });
}

void Engine::read_events(const std::function<void(std::span<const Event>)>& read) {
  reap();
  const std::span<Event> batch = core_->stage().take();
  if (batch.empty()) return;
  read(batch);
  for (Event& event : batch) delete std::exchange(event.object, nullptr);
  if (core_->stage().release()) core_->wake();
}

void Engine::reap() {
  for (sys::Handover* item = core_->retired().take(); item != nullptr;) {
    sys::Handover* following = item->next;
    delete item;
    item = following;
  }
}

void Engine::make_room_for_timers() {
  const size_t needed = routers_.size() + plans_out_ + pacers_.size() + kOtherTimers;
  if (needed <= timer_room_) return;
  timer_room_ = std::max<size_t>(64, 2 * needed);
  std::vector<Timer*> sending, expiring;
  sending.reserve(timer_room_);
  expiring.reserve(timer_room_);
  if (options_.lock_memory) {
    lock(sending.data(), timer_room_ * sizeof(Timer*));
    lock(expiring.data(), timer_room_ * sizeof(Timer*));
  }
  post([first = std::move(sending), second = std::move(expiring)](Core& core) mutable {
    core.reserve_timers(first, second);
  });
}

void Engine::lock(const AdvertContent& content) {
  if (!options_.lock_memory) return;
  lock(&content, sizeof(AdvertContent));
  for (const AdvertCopy& copy : content.copies) {
    lock(copy.packet.data(), copy.packet.size());
    lock(copy.farewell.data(), copy.farewell.size());
  }
}

void Engine::lock(const void* start, size_t bytes) {
  add_reason(lock_error_, sys::lock_range(const_cast<void*>(start), bytes));
}

}  // namespace ka::engine
