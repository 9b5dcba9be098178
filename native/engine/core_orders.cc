// SPDX-License-Identifier: MIT
// Standing orders at work (standing.h).
#include <algorithm>

#include "engine/core.h"

namespace ka::engine {

namespace {

/// Words of lost sessions looked at before adverts are due again.
constexpr int kMostLosses = 64;
/// Adverts that leave before the kernel has added an address.
constexpr size_t kFew = 4;

/// There is more to it than priority and source.
bool is_odd(const codec::Verdict& verdict) {
  return verdict.address_mismatch != codec::AddressMismatch::none || verdict.interval_mismatch ||
         verdict.clock_skew != 0 || verdict.old_unicast_sum;
}

}  // namespace

void Core::set_orders(std::span<Router* const> all, std::unique_ptr<Orders>& orders, uint64_t hold) {
  Unit& unit = all.front()->own_unit;
  for (Router* router : all) {
    if (router->unit != &unit) drop_orders(*router->unit);
    router->unit = &unit;
    router->stance = {};
  }
  unit.standing = false;
  unit.orders.swap(orders);
  for (const Orders::Member& member : unit.orders->members) {
    member.router->stance = member.stance;
    member.router->yielded = false;
  }
  let_stand(unit, hold);
}

void Core::confirm_orders(Router& leader, std::span<const Confirmation> confirmations, uint64_t hold) {
  Unit& unit = leader.own_unit;
  // A router that went took them along.
  if (unit.orders == nullptr || unit.orders->members.size() != confirmations.size()) return;
  for (size_t i = 0; i < confirmations.size(); ++i) {
    Orders::Member& member = unit.orders->members[i];
    if (member.key != confirmations[i].key) return;
    member.router->stance.generation = confirmations[i].generation;
    member.read = confirmations[i].read;
    member.router->yielded = false;
  }
  unit.orders->deeds.clear();
  let_stand(unit, hold);
}

void Core::let_stand(Unit& unit, uint64_t hold) {
  if (lease_lost.load(std::memory_order_relaxed)) return;
  // Where no deadline runs there is none to be mistaken for another.
  if (unit.orders->active) {
    for (const Orders::Member& member : unit.orders->members) member.router->generation = member.router->stance.generation;
  }
  const auto caught_up = [](const Orders::Member& member) {
    return member.router->told_last <= member.read && member.router->generation == member.router->stance.generation;
  };
  // JavaScript decides about what is on its way to it, and confirms then.
  if (!std::ranges::all_of(unit.orders->members, caught_up)) return;
  unit.standing = unit.hold.release(hold);
}

void Core::drop_orders(Unit& unit) {
  unit.standing = false;
  if (unit.orders != nullptr) retired_.push(unit.orders.release());
}

void Core::must_decide(Router& router, Event& event) {
  router.unit->standing = false;
  router.told_last = ++last_told_;
  // An advert that came before the expiry was noticed is decided on first.
  if (event.kind == EventKind::expired) event.at = std::max(event.at, router.told_at);
  router.told_at = std::max(event.at, router.told_at);
}

Core::Acted Core::act_on_advert(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  Unit& unit = *router.unit;
  Stance& stance = router.stance;
  if (!unit.standing) return Acted::not_at_all;
  if (unit.orders->active) return give_way(router, packet, verdict) ? Acted::told_as_done : Acted::not_at_all;
  if (router.generation != stance.generation || !router.deadline.armed()) return Acted::not_at_all;
  sys::Micros wait = stance.skew;
  bool is_deed = true;
  if (verdict.priority > 0) {
    if (is_odd(verdict) || !stance.refresh || verdict.priority != stance.refresh->priority ||
        verdict.interval_us != stance.refresh->interval_us || !(packet.source == stance.refresh->source)) {
      return Acted::not_at_all;
    }
    wait = stance.refresh->down;
    is_deed = stance.held;
  }
  std::vector<Deed>& deeds = unit.orders->deeds;
  if (wait == 0 || (is_deed && deeds.size() == deeds.capacity()) || !unit.hold.take()) return Acted::not_at_all;
  expiring_.arm(router.deadline, packet.at + wait);
  router.put_off = false;
  if (is_deed) {
    deeds.push_back({Deed::Kind::advert, router.key, packet.at, packet.source, verdict.priority, verdict.interval_us, {}});
    stance.generation = ++router.generation;
    if (verdict.priority > 0) stance.held = false;
  }
  unit.hold.give_back();
  return is_deed ? Acted::told_as_done : Acted::silently;
}

// Noticed more than an interval late, say after a pause of the whole machine: the socket may have been too full for the
// adverts that came last. One of an Active router that lives comes within an interval.
bool Core::put_off(Router& router, sys::Micros now) {
  Unit& unit = *router.unit;
  const Stance& stance = router.stance;
  if (router.put_off || !unit.standing || !stance.refresh || router.generation != stance.generation) return false;
  if (now - router.deadline.due <= stance.refresh->interval_us || !unit.hold.take()) return false;
  router.put_off = true;
  expiring_.arm(router.deadline, now + stance.refresh->interval_us);
  unit.hold.give_back();
  return true;
}

bool Core::act_on_expiry(Router& router, Event& event) {
  Unit& unit = *router.unit;
  Stance& stance = router.stance;
  if (!unit.standing || router.generation != stance.generation) return false;
  Orders& orders = *unit.orders;
  if (orders.active || orders.takeover == nullptr || orders.deeds.size() == orders.deeds.capacity()) return false;
  const bool leads = std::ranges::all_of(orders.members, [&](const Orders::Member& member) {
    return member.router == &router || member.router->stance.held;
  });
  if ((!leads && stance.wait == 0) || !unit.hold.take()) return false;
  orders.deeds.push_back({Deed::Kind::expired, router.key, event.at, {}, 0, event.second, {}});
  if (!leads) {
    stance.held = true;
    stance.generation = ++router.generation;
    expiring_.arm(router.deadline, event.at + stance.wait);
    unit.hold.give_back();
    return true;
  }
  // From here on it is theirs to give way, if that is ordered too.
  unit.standing = orders.yield != nullptr;
  orders.active = true;
  for (const Orders::Member& member : orders.members) expiring_.disarm(member.router->deadline);
  unit.hold.give_back();
  event.third = take_over(*orders.takeover);
  return true;
}

// All adverts before anything else: others wait for them. Then one batch for the netlink thread, and what tells the
// neighbours, when it is answered. A thread that is awake on another processor may add addresses while a few adverts leave.
sys::Micros Core::take_over(Takeover& takeover) {
  const bool is_helper_awake = sys::monotonic_us() < helper_awake_until_;
  if (is_helper_awake) answer_awaited_until_ = helper_awake_until_;
  if (is_helper_awake && takeover.parts.size() <= kFew && takeover.netlink != nullptr) {
    start_submission(takeover.netlink.release());
  }
  for (Takeover::Part& part : takeover.parts) {
    part.router->yielded = false;
    advertiser_.start(*part.router, part.content, part.every, 0);
    part.router->resignation.swap(part.resignation);
  }
  const sys::Micros now = sys::monotonic_us();
  if (takeover.netlink != nullptr) start_submission(takeover.netlink.release());
  for (const Takeover::Part& part : takeover.parts) part.router->renewed->store(true);
  for (std::unique_ptr<AnnouncePlan>& plan : takeover.announcements) {
    if (plan->at > 0) plan->at += now;
    announce(plan);
  }
  return now;
}

// The winner is there already, so all fall silent before anything else; then the addresses go as one batch.
bool Core::give_way(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  Unit& unit = *router.unit;
  Orders& orders = *unit.orders;
  const std::optional<Concession>& concession = router.stance.concession;
  if (orders.yield == nullptr || !concession || is_odd(verdict) || verdict.interval_us != concession->interval_us) return false;
  const bool loses = verdict.priority > concession->priority ||
                     (verdict.priority == concession->priority && concession->address < packet.source);
  // A rival heard after a pause has its own rules.
  if (!loses || router.woke_late || !router.advert.armed()) return false;
  if (orders.deeds.size() == orders.deeds.capacity() || !unit.hold.take()) return false;
  orders.deeds.push_back({Deed::Kind::advert, router.key, packet.at, packet.source, verdict.priority, verdict.interval_us, {}});
  unit.standing = false;
  if (concession->last_word) advertiser_.once(router);
  for (Yield::Part& part : orders.yield->parts) {
    Router& yielding = *part.router;
    advertiser_.quiet(yielding, 0);
    yielding.resignation.swap(part.resignation);
    yielding.put_off = false;
    yielding.yielded = true;
    ++yielding.generation;
    expiring_.arm(yielding.deadline, packet.at + part.down);
  }
  unit.hold.give_back();
  let_go(*orders.yield);
  return true;
}

void Core::let_go(Yield& yield) {
  for (const Yield::Part& part : yield.parts) {
    announcer_.cancel(part.key);
    // Before the removal: a renewal must not bring back what that takes.
    part.router->renewed->store(false);
  }
  if (yield.netlink != nullptr) start_submission(yield.netlink.release());
}

void Core::hear_sessions() {
  sys::SessionLoss loss;
  for (int count = 0; count < kMostLosses && sys::hear_loss(options_.session_fd, loss); ++count) {
    for (Router* router = routers_; router != nullptr; router = router->following) lose(router->own_unit, loss);
  }
}

// Others wait for the farewells, so these come before anything else; then the addresses go as one batch. Without room to tell of
// it nothing is done: the word of the session comes to JavaScript by its parent too.
void Core::lose(Unit& unit, const sys::SessionLoss& loss) {
  if (!unit.standing || unit.orders == nullptr || !unit.orders->active || unit.orders->yield == nullptr) return;
  Orders& orders = *unit.orders;
  const auto fault = std::ranges::find_if(orders.faults, [&](const Fault& f) { return f.session == loss.session; });
  if (fault == orders.faults.end() || fault->farewells.size() != orders.yield->parts.size()) return;
  const auto is_speaking = [](const Yield::Part& part) { return part.router->advert.armed() && !part.router->woke_late; };
  if (!std::ranges::all_of(orders.yield->parts, is_speaking) || !stage_.room()) return;
  if (orders.deeds.size() == orders.deeds.capacity() || !unit.hold.take()) return;
  // Not when the session ended: events of a router keep their order.
  const sys::Micros now = sys::monotonic_us();
  orders.deeds.push_back({Deed::Kind::lost, fault->key, now, {}, 0, 0, loss.session});
  unit.standing = false;
  Event event;
  for (size_t i = 0; i < orders.yield->parts.size(); ++i) {
    Yield::Part& part = orders.yield->parts[i];
    advertiser_.quiet(*part.router, fault->farewells[i]);
    part.router->resignation.swap(part.resignation);
    part.router->put_off = false;
    if (part.key != fault->key) continue;
    event.number = part.router->told_last;
    part.router->staged_batch = 0;
  }
  unit.hold.give_back();
  let_go(*orders.yield);
  event.kind = EventKind::session_lost;
  event.key = fault->key;
  event.at = now;
  stage_.add(event);
}

}  // namespace ka::engine
