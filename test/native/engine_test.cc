// SPDX-License-Identifier: MIT
// The engine without Node: heap against a model, mailboxes and the event stage across threads, and whole
// engines on loopback. Built with sanitizers; with -fsanitize=thread it is the proof that the hand-overs need
// no locks.
#include "engine/engine.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "allocations.h"
#include "check.h"
#include "engine/deadlines.h"
#include "engine/event_stage.h"
#include "netlink/address.h"
#include "netlink/channel.h"
#include "netlink/message.h"
#include "sys/mailbox.h"
#include "sys/system_error.h"

using namespace ka;
using namespace ka::engine;

namespace {

struct Letter : sys::Handover {
  int sender = 0;
  int number = 0;
};

Event event_at(sys::Micros at, uint32_t key = 0) {
  Event event;
  event.at = at;
  event.key = key;
  return event;
}

codec::Addr address(const char* text) {
  codec::Addr result;
  CHECK(codec::parse_address(text, result));
  return result;
}

/// Looks again and again, for at most five seconds.
bool soon(const std::function<bool()>& look) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!look()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// An engine that keeps its events, driven by this thread.
struct Driven {
  Driven() : engine({}, [](void*) {}, nullptr) {}
  bool await(const std::function<bool()>& look) {
    return soon([&] {
      engine.read_events([&](std::span<const Event> batch) {
        for (Event event : batch) {
          if (event.kind == EventKind::netlink_done) {
            errors = static_cast<netlink::Submission*>(event.object)->errors;
            ++answers;
          }
          event.object = nullptr;
          events.push_back(event);
        }
      });
      return look();
    });
  }
  size_t count(EventKind kind) const {
    return static_cast<size_t>(
        std::count_if(events.begin(), events.end(), [&](const Event& e) { return e.kind == kind; }));
  }
  uint32_t endpoint(const char* text) {
    EndpointSpec spec;
    spec.multicast = false;
    spec.ifindex = 1;
    spec.ifname = "lo";
    spec.address = address(text);
    return engine.open_endpoint(spec);
  }
  void router(uint32_t key, uint32_t endpoint_id) {
    auto expectation = std::make_unique<codec::Expectation>();
    expectation->interval_us = 1'000'000;
    engine.add_router(key, endpoint_id, 51, std::move(expectation));
  }

  Engine engine;
  std::vector<Event> events;
  std::vector<int> errors;
  int answers = 0;
};

std::unique_ptr<AdvertContent> content(const char* source, const char* destination) {
  codec::AdvertSpec spec;
  spec.vrid = 51;
  spec.priority = 100;
  spec.interval_us = 1'000'000;
  spec.source = address(source);
  const codec::Addr to = address(destination);
  return make_advert_content(spec, std::span(&to, 1), {1, false});
}

}  // namespace

TEST("deadlines fire in order of time, then of arming, like a sorted list") {
  std::mt19937 random(1);
  Deadlines deadlines;
  std::vector<Timer*> room;
  room.reserve(64);
  deadlines.reserve(room);
  std::vector<Timer> timers(64, Timer{TimerKind::expiry});
  std::map<std::pair<sys::Micros, uint64_t>, Timer*> model;
  for (int step = 0; step < 20'000; ++step) {
    Timer& timer = timers[random() % timers.size()];
    if (timer.armed()) model.erase({timer.due, timer.sequence});
    if (random() % 3 == 0) {
      deadlines.disarm(timer);
    } else {
      deadlines.arm(timer, static_cast<sys::Micros>(random() % 50));
      model[{timer.due, timer.sequence}] = &timer;
    }
    CHECK(deadlines.size() == model.size());
    CHECK(deadlines.first() == (model.empty() ? nullptr : model.begin()->second));
  }
}

TEST("a heap that grows keeps what is armed") {
  Deadlines deadlines;
  std::vector<Timer*> small, big;
  small.reserve(2);
  deadlines.reserve(small);
  Timer first{TimerKind::expiry}, second{TimerKind::expiry};
  deadlines.arm(second, 20);
  deadlines.arm(first, 10);
  big.reserve(100);
  deadlines.reserve(big);
  CHECK(deadlines.capacity() >= 100);
  CHECK(deadlines.first() == &first);
  deadlines.disarm(first);
  CHECK(deadlines.first() == &second);
}

TEST("a mailbox loses nothing, keeps each sender's order and tells when it was empty") {
  constexpr int kLetters = 20'000;
  sys::Mailbox<Letter> box;
  std::vector<std::jthread> senders;
  std::atomic<int> signals{0};
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&, sender] {
      for (int number = 1; number <= kLetters; ++number) {
        auto* letter = new Letter;
        letter->sender = sender;
        letter->number = number;
        if (box.push(letter)) signals.fetch_add(1);
      }
    });
  }
  std::array<int, 2> last{};
  int received = 0;
  int taken = 0;
  CHECK(soon([&] {
    Letter* letter = box.take();
    taken += letter != nullptr;
    while (letter != nullptr) {
      auto* following = static_cast<Letter*>(letter->next);
      CHECK(letter->number == last[static_cast<size_t>(letter->sender)] + 1);
      last[static_cast<size_t>(letter->sender)] = letter->number;
      ++received;
      delete letter;
      letter = following;
    }
    return received == 2 * kLetters;
  }));
  CHECK(signals.load() == taken);
}

TEST("a batch is in order of time, then of staging") {
  auto stage = std::make_unique<EventStage>();
  for (const sys::Micros at : {30, 10, 20, 10}) stage->add(event_at(at, static_cast<uint32_t>(at)));
  CHECK(stage->publish());
  const auto batch = stage->take();
  CHECK(batch.size() == 4);
  CHECK(
      std::is_sorted(batch.begin(), batch.end(), [](const Event& a, const Event& b) { return a.at < b.at; }));
  CHECK(batch[0].order < batch[1].order);
  CHECK(!stage->release());
}

TEST("what comes while the reader is away waits, and the reader is told on its return") {
  auto stage = std::make_unique<EventStage>();
  stage->add(event_at(1));
  CHECK(stage->publish());
  stage->add(event_at(2));
  CHECK(!stage->publish());
  CHECK(stage->take().size() == 1);
  CHECK(stage->release());
  CHECK(stage->publish());
  CHECK(stage->take()[0].at == 2);
}

TEST("under pressure adverts of a router replace each other, but not across its expiry") {
  auto stage = std::make_unique<EventStage>();
  auto router = std::make_unique<Router>();
  while (stage->room(EventStage::kCapacity / 2 + 1)) stage->add(event_at(0));
  stage->add(event_at(0));
  stage->add_advert(event_at(10), *router);
  stage->add_advert(event_at(20), *router);
  stage->add_expiry(event_at(30), *router);
  stage->add_advert(event_at(40), *router);
  CHECK(!stage->add_optional(event_at(50)));
  CHECK(stage->dropped() == 2);
  CHECK(stage->publish());
  const auto batch = stage->take();
  std::vector<sys::Micros> times;
  for (const Event& event : batch) {
    if (event.at > 0) times.push_back(event.at);
  }
  CHECK((times == std::vector<sys::Micros>{20, 30, 40}));
}

TEST("two threads pass 100,000 events through a stage without loss") {
  constexpr uint32_t kEvents = 100'000;
  auto stage = std::make_unique<EventStage>();
  std::jthread engine([&] {
    for (uint32_t key = 1; key <= kEvents;) {
      while (key <= kEvents && stage->room()) stage->add(event_at(key, key)), ++key;
      stage->publish();
    }
    while (!stage->room(EventStage::kCapacity - EventStage::kReserved)) stage->publish();
  });
  uint32_t last = 0;
  CHECK(soon([&] {
    for (const Event& event : stage->take()) {
      CHECK(event.key == last + 1);
      last = event.key;
    }
    stage->release();
    return last == kEvents;
  }));
}

TEST("broken netlink messages are refused, not read") {
  netlink::AddressRequest wanted;
  wanted.family = 2;
  wanted.ifindex = 1;
  wanted.bytes = {192, 0, 2, 1};
  const std::vector<uint8_t> request = netlink::encode_address_add(wanted);
  size_t messages = 0;
  for (size_t size = 0; size < request.size(); ++size) {
    const std::vector<uint8_t> cut(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size));
    netlink::for_each_message(cut,
                              [&](const nlmsghdr&, std::span<const uint8_t>) { return ++messages, true; });
    const auto body = std::span(cut).subspan(std::min(size, sizeof(nlmsghdr)));
    netlink::Address address;
    netlink::parse_address(body, address);
  }
  CHECK(messages == 0);
  netlink::Address address;
  CHECK(netlink::parse_address(std::span(request).subspan(sizeof(nlmsghdr)), address));
  CHECK(address.bytes[0] == 192 && address.protocol == netlink::kAddressProtocol);
}

TEST("an engine hears another one on loopback, expires in order and closes twice") {
  Driven driven;
  const uint32_t one = driven.endpoint("127.0.0.51");
  const uint32_t two = driven.endpoint("127.0.0.52");
  driven.router(1, one);
  driven.router(2, two);
  driven.engine.listen(2, true);
  driven.engine.advertise(1, content("127.0.0.51", "127.0.0.52"), 2'000, 0);
  CHECK(driven.await([&] { return driven.count(EventKind::advert) >= 50; }));
  driven.engine.arm(2, sys::monotonic_us() + 20'000, 7);
  CHECK(driven.await([&] { return driven.count(EventKind::expired) == 1; }));
  driven.engine.quiet(1, 2);
  CHECK(driven.await([&] {
    return std::count_if(driven.events.begin(), driven.events.end(),
                         [](const Event& e) { return e.kind == EventKind::advert && e.priority == 0; }) == 2;
  }));
  CHECK(std::is_sorted(driven.events.begin(), driven.events.end(),
                       [](const Event& a, const Event& b) { return a.at < b.at; }));
  driven.engine.close_endpoint(two);
  driven.engine.remove_router(1);
  driven.engine.close();
  driven.engine.close();
  CHECK(driven.engine.closed());
}

TEST("a lost lease sends farewells, runs its orders, and obeys nothing until it is ended") {
  Driven driven;
  const uint32_t one = driven.endpoint("127.0.0.51");
  const uint32_t two = driven.endpoint("127.0.0.52");
  driven.router(1, one);
  driven.router(2, two);
  driven.engine.listen(2, true);
  driven.engine.advertise(1, content("127.0.0.51", "127.0.0.52"), 5'000, 0);
  auto order = std::make_unique<Resignation>();
  order->farewells = 1;
  driven.engine.set_resignation(1, std::move(order));
  driven.engine.renew_lease(sys::monotonic_us() + 50'000);
  CHECK(driven.await([&] { return driven.count(EventKind::lease_lost) == 1; }));
  CHECK(driven.engine.counters(1).priority_zero_sent.load() == 1);
  auto submission = std::make_unique<netlink::Submission>();
  submission->ticket = 3;
  submission->errors.resize(2);
  driven.engine.submit(std::move(submission));
  CHECK(driven.await([&] { return driven.answers == 1; }));
  CHECK((driven.errors == std::vector<int>{ECANCELED, ECANCELED}));
  const uint64_t sent = driven.engine.counters(1).advert_sent.load();
  driven.engine.advertise(1, content("127.0.0.51", "127.0.0.52"), 5'000, 0);
  driven.engine.renew_lease(0);
  driven.engine.advertise(1, content("127.0.0.51", "127.0.0.52"), 5'000, 0);
  CHECK(driven.await([&] { return driven.engine.counters(1).advert_sent.load() > sent; }));
}

namespace {

/// Router 2 hears router 1, which advertises every 2 ms, and waits 30 ms; it has orders for what comes then.
struct Ordered : Driven {
  Ordered() {
    const uint32_t one = endpoint("127.0.0.51");
    const uint32_t two = endpoint("127.0.0.52");
    router(1, one);
    router(2, two);
    router(3, endpoint("127.0.0.54"));
    engine.listen(2, true);
    engine.advertise(1, content("127.0.0.51", "127.0.0.52"), 2'000, 0);
    engine.arm(2, sys::monotonic_us() + 60'000, 1);
  }
  static Orders::Member member(uint32_t key, int64_t generation, uint64_t read) {
    Orders::Member one;
    one.key = key;
    one.read = read;
    one.stance.generation = generation;
    one.stance.refresh = Refresh{address("127.0.0.51"), 100, 1'000'000, 30'000};
    one.stance.skew = 5'000;
    one.stance.wait = 30'000;
    return one;
  }
  static std::unique_ptr<Takeover> takeover(std::vector<uint32_t> keys) {
    auto one = std::make_unique<Takeover>();
    for (const uint32_t key : keys) {
      Takeover::Part part;
      part.key = key;
      part.content = content("127.0.0.52", "127.0.0.53");
      part.every = 5'000;
      part.resignation = std::make_unique<Resignation>();
      part.resignation->farewells = 1;
      one->parts.push_back(std::move(part));
      auto plan = std::make_unique<AnnouncePlan>();
      plan->key = key;
      plan->frames.resize(1);
      plan->frames[0].ifindex = 1;
      plan->frames[0].length = 42;
      plan->repeat = 2;
      plan->after_ticket = 9;
      one->announcements.push_back(std::move(plan));
    }
    one->netlink = std::make_unique<netlink::Submission>();
    one->netlink->ticket = 9;
    return one;
  }
  uint64_t read() const {
    uint64_t last = 0;
    for (const Event& event : events) last = std::max(last, event.number);
    return last;
  }
  uint64_t sent(uint32_t key) { return engine.counters(key).advert_sent.load(); }
};

}  // namespace

TEST("orders keep a deadline moving in silence and take over in time, while somebody withholds them all the time") {
  Ordered driven;
  const uint64_t allocations = allocations_of_engine();
  CHECK(driven.await([&] { return driven.count(EventKind::advert) >= 2; }));
  auto orders = std::make_unique<Orders>();
  orders->members.push_back(Ordered::member(2, 1, ~uint64_t{0} >> 1));
  orders->takeover = Ordered::takeover({2});
  driven.engine.give_orders({2}, std::move(orders));
  sys::Micros due = 0;
  int looks = 0;
  CHECK(driven.await([&] {
    if (const auto done = driven.engine.withhold_orders(2)) {
      CHECK(done->deeds.empty());
      CHECK(done->deadlines.size() == 1);
      if (done->deadlines[0].due != due) ++looks;
      due = done->deadlines[0].due;
    }
    driven.engine.confirm_orders(2, {{2, 1, ~uint64_t{0} >> 1}});
    return looks >= 50;
  }));
  CHECK(driven.count(EventKind::expired) == 0);
  driven.engine.quiet(1, 1);
  CHECK(driven.await([&] { return driven.answers == 1; }));
  CHECK(driven.engine.counters(2).advert_sent.load() >= 1);
  const auto done = driven.engine.withhold_orders(2);
  CHECK(done.has_value());
  if (!done) return;
  CHECK(done->deeds.size() == 2 && done->deeds[0].kind == engine::Deed::Kind::advert && done->deeds[0].priority == 0 && done->deeds[1].kind == engine::Deed::Kind::expired);
  if (done->deeds.size() < 2) return;
  // The deadline was moved to the skew behind the farewell, and nothing else ended it.
  CHECK(done->deeds[1].at == done->deeds[0].at + 5'000);
  const auto expired = std::find_if(driven.events.begin(), driven.events.end(),
                                    [](const Event& e) { return e.kind == EventKind::expired; });
  CHECK(expired != driven.events.end() && expired->done && expired->third >= expired->at);
  CHECK(driven.await([&] { return driven.engine.core().announcer().sent() == 2; }));
  // It is Active: the lease order came with the takeover.
  driven.engine.renew_lease(sys::monotonic_us() + 1'000);
  CHECK(driven.await([&] { return driven.engine.counters(2).priority_zero_sent.load() == 1; }));
  // Receiving, telling, taking over, announcing, resigning: none of it takes memory.
  CHECK(allocations_of_engine() == allocations);
}

TEST("the netlink thread that is told to expect something does it at once, and ends while it waits") {
  sys::Wakeup told;
  auto worker = std::make_unique<netlink::Worker>(told);
  worker->start({"ka-netlink", 0, false});
  const auto answered = [&] {
    auto* done = worker->results().take();
    delete done;
    return done != nullptr;
  };
  // Before, within and after the time.
  for (const sys::Micros until : {sys::Micros{1}, sys::monotonic_us() + 60'000'000, sys::monotonic_us() + 2'000}) {
    worker->expect(until);
    worker->submit(new netlink::Submission);
    CHECK(soon(answered));
  }
  worker->expect(sys::monotonic_us() + 60'000'000);
  const sys::Micros before = sys::monotonic_us();
  worker.reset();
  CHECK(sys::monotonic_us() - before < 30'000'000);
}

TEST("one takeover behind the other does not keep JavaScript waiting") {
  Driven driven;
  constexpr uint32_t kRouters = 40;
  const sys::Micros first = sys::monotonic_us() + 50'000;
  for (uint32_t key = 1; key <= kRouters; ++key) {
    driven.router(key, driven.endpoint("127.0.0.52"));
    driven.engine.arm(key, first + key * 400, 1);
    auto orders = std::make_unique<Orders>();
    orders->members.push_back(Ordered::member(key, 1, ~uint64_t{0} >> 1));
    orders->takeover = Ordered::takeover({key});
    driven.engine.give_orders({key}, std::move(orders));
  }
  CHECK(driven.await([&] { return driven.count(EventKind::expired) == kRouters; }));
  for (const Event& event : driven.events) CHECK(event.kind != EventKind::expired || (event.done && event.third >= event.at));
  CHECK(driven.await([&] { return driven.engine.core().announcer().sent() == 2 * kRouters; }));
}

TEST("the count of allocations sees the engine thread") {
  const uint64_t before = allocations_of_engine();
  std::thread thread([] {
    ::pthread_setname_np(::pthread_self(), "ka-engine");
    ::operator delete(::operator new(8));
  });
  thread.join();
  CHECK(allocations_of_engine() == before + 1);
}

TEST("without a word from JavaScript what is not in the orders is told, and from then on everything") {
  Ordered driven;
  CHECK(driven.await([&] { return driven.count(EventKind::advert) >= 2; }));
  auto orders = std::make_unique<Orders>();
  orders->members.push_back(Ordered::member(2, 1, ~uint64_t{0} >> 1));
  orders->members[0].stance.refresh->priority = 99;
  orders->takeover = Ordered::takeover({2});
  driven.engine.give_orders({2}, std::move(orders));
  const size_t before = driven.count(EventKind::advert);
  CHECK(driven.await([&] { return driven.count(EventKind::advert) > before + 5; }));
  CHECK(driven.await([&] { return driven.count(EventKind::expired) == 1; }));
  CHECK(!driven.events.back().done || driven.events.back().kind != EventKind::expired);
  CHECK(driven.sent(2) == 0);
  // Read up to there, and for the deadline there is now, they stand again; read too little, they do not.
  for (const uint64_t read : {uint64_t{1}, driven.read() + 1'000}) {
    driven.engine.withhold_orders(2);
    driven.engine.quiet(1, 0);
    driven.engine.arm(2, sys::monotonic_us() + 5'000, 2);
    driven.engine.confirm_orders(2, {{2, 2, read}});
    const size_t expired = driven.count(EventKind::expired);
    CHECK(driven.await([&] { return driven.count(EventKind::expired) > expired; }));
    CHECK((driven.sent(2) > 0) == (read > 1));
  }
}

TEST("members of a group wait for each other, then move at once; one that goes takes the orders along") {
  for (const bool whole : {true, false}) {
    Ordered driven;
    driven.engine.quiet(1, 0);
    driven.engine.arm(3, sys::monotonic_us() + 90'000, 1);
    auto orders = std::make_unique<Orders>();
    orders->members.push_back(Ordered::member(2, 1, ~uint64_t{0} >> 1));
    orders->members.push_back(Ordered::member(3, 1, ~uint64_t{0} >> 1));
    orders->takeover = Ordered::takeover({2, 3});
    driven.engine.give_orders({2, 3}, std::move(orders));
    if (!whole) driven.engine.remove_router(3);
    CHECK(driven.await([&] { return driven.count(EventKind::expired) >= 1 && (!whole || driven.sent(3) > 0); }));
    CHECK((driven.sent(2) > 0) == whole);
    if (!whole) continue;
    const auto done = driven.engine.withhold_orders(3);
    CHECK(done.has_value() && done->deeds.size() >= 2);
    if (done) CHECK(done->deeds.front().key == 2 && done->deeds.back().at >= done->deeds.front().at);
  }
}

TEST("who took over by order gives way by order, a whole group at once, and does no more than that") {
  Ordered driven;
  driven.engine.quiet(1, 0);
  driven.engine.arm(3, sys::monotonic_us() + 90'000, 1);
  driven.engine.listen(3, true);
  const uint64_t allocations = allocations_of_engine();
  auto orders = std::make_unique<Orders>();
  for (const uint32_t key : {2u, 3u}) {
    orders->members.push_back(Ordered::member(key, 1, ~uint64_t{0} >> 1));
    orders->members.back().stance.concession = Concession{100, address("127.0.0.51"), 1'000'000, true};
  }
  orders->takeover = Ordered::takeover({2, 3});
  for (auto& plan : orders->takeover->announcements) plan->at = 10'000'000;
  orders->yield = std::make_unique<Yield>();
  for (const uint32_t key : {2u, 3u}) {
    Yield::Part part;
    part.key = key;
    part.down = 40'000;
    orders->yield->parts.push_back(std::move(part));
  }
  orders->yield->netlink = std::make_unique<netlink::Submission>();
  orders->yield->netlink->ticket = 10;
  driven.engine.give_orders({2, 3}, std::move(orders));
  CHECK(driven.await([&] { return driven.sent(2) > 1 && driven.sent(3) > 1; }));
  CHECK(driven.engine.renewed(2)->load() && driven.engine.renewed(3)->load());
  const auto better = [] {
    codec::AdvertSpec spec;
    spec.vrid = 51;
    spec.priority = 101;
    spec.interval_us = 1'000'000;
    spec.source = address("127.0.0.51");
    const codec::Addr to = address("127.0.0.52");
    return make_advert_content(spec, std::span(&to, 1), {1, false});
  };
  const sys::Micros before = sys::monotonic_us();
  driven.engine.advertise(1, better(), 2'000, 0);
  CHECK(driven.await([&] { return driven.answers == 2; }));
  // JavaScript is late: what it hears of the winner's announcements it still takes for claims of an address that is ours.
  auto answer = std::make_unique<AnnouncePlan>();
  answer->key = 2;
  answer->frames.resize(1);
  answer->frames[0].ifindex = 1;
  answer->frames[0].length = codec::kGarpSize;
  answer->repeat = 1;
  driven.engine.announce(std::move(answer));
  const auto done = driven.engine.withhold_orders(2);
  CHECK(done.has_value() && done->deeds.size() >= 3);
  if (!done || done->deeds.empty()) return;
  const Deed& last = done->deeds.back();
  CHECK(last.kind == engine::Deed::Kind::advert && last.key == 2 && last.priority == 101 && last.at >= before);
  for (const auto& [key, due] : done->deadlines) CHECK(due == last.at + 40'000);
  const uint64_t spoken = driven.sent(2) + driven.sent(3);
  CHECK(!driven.engine.renewed(2)->load() && !driven.engine.renewed(3)->load());
  driven.engine.quiet(1, 0);
  CHECK(driven.await([&] { return driven.count(EventKind::expired) >= 4; }));
  CHECK(driven.sent(2) + driven.sent(3) == spoken);
  // No farewell: the lease order went with the role, and so did what was to be announced.
  driven.engine.renew_lease(sys::monotonic_us() + 1'000);
  CHECK(driven.await([&] { return driven.count(EventKind::lease_lost) == 1; }));
  CHECK(driven.engine.counters(2).priority_zero_sent.load() == 0);
  CHECK(driven.engine.core().announcer().sent() == 0);
  CHECK(allocations_of_engine() == allocations);
}

TEST("an engine takes 20,000 commands and plans in a row and frees them all") {
  Driven driven;
  const uint32_t one = driven.endpoint("127.0.0.51");
  for (uint32_t key = 1; key <= 20; ++key) driven.router(key, one);
  for (int round = 0; round < 1'000; ++round) {
    const uint32_t key = 1 + static_cast<uint32_t>(round % 20);
    for (int i = 0; i < 10; ++i) driven.engine.arm(key, sys::monotonic_us() + 60'000'000, round);
    auto plan = std::make_unique<AnnouncePlan>();
    plan->key = key;
    plan->frames.resize(1);
    plan->repeat = 1;
    plan->at = sys::monotonic_us() + 60'000'000;
    driven.engine.announce(std::move(plan));
    driven.engine.disarm(key);
    auto expectation = std::make_unique<codec::Expectation>();
    driven.engine.set_expectation(key, std::move(expectation));
    if (round % 100 == 99) driven.engine.cancel_announcements(key);
    auto submission = std::make_unique<netlink::Submission>();
    submission->ticket = static_cast<uint32_t>(round + 1);
    driven.engine.submit(std::move(submission));
  }
  CHECK(driven.await([&] { return driven.answers == 1'000; }));
}

TEST("paced plans take turns, join those of their own that wait, and go with their router") {
  Driven driven;
  const uint32_t one = driven.endpoint("127.0.0.51");
  for (uint32_t key = 1; key <= 20; ++key) driven.router(key, one);
  const auto burst = [&](uint32_t key, uint32_t clock, sys::Micros at) {
    auto plan = std::make_unique<AnnouncePlan>();
    plan->key = key;
    plan->frames.resize(3);
    for (AnnounceFrame& frame : plan->frames) frame.length = codec::kGarpSize;
    plan->repeat = 2;
    plan->at = at;
    plan->slot = at == 0 ? 0 : 1;
    plan->pacing = 200;
    plan->clock = clock;
    driven.engine.announce(std::move(plan));
  };
  for (int round = 0; round < 200; ++round) {
    const uint32_t key = 1 + static_cast<uint32_t>(round % 20);
    burst(key, 1 + key % 3, 0);
    burst(key, 1 + key % 3, sys::monotonic_us() + 60'000'000);
    if (round % 7 == 6) driven.engine.cancel_announcements(key);
    if (round == 150) driven.engine.remove_router(20);
    auto submission = std::make_unique<netlink::Submission>();
    submission->ticket = static_cast<uint32_t>(round + 1);
    driven.engine.submit(std::move(submission));
  }
  CHECK(driven.await([&] { return driven.answers == 200; }));
}
