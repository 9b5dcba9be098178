// SPDX-License-Identifier: MIT
#include "addon/standing_binding.h"

#include <algorithm>
#include <vector>

#include "addon/args.h"
#include "addon/engine_args.h"
#include "addon/netlink_binding.h"

namespace ka::addon {

namespace {

/// More routers than a sync group can have keys.
constexpr uint32_t kMostRouters = 65'536;

Napi::Array List(Napi::Value value, const std::string& name) {
  auto array = Array(value, name);
  if (array.Length() > kMostRouters) throw MakeArgumentError(value.Env(), name, "at most 65536 entries");
  return array;
}

/// One of `all`.
uint32_t MemberKey(const std::vector<uint32_t>& all, Napi::Value value, const std::string& name) {
  const uint32_t key = ReadKey(value, name);
  if (std::find(all.begin(), all.end(), key) == all.end()) throw MakeArgumentError(value.Env(), name, "one of orders.all");
  return key;
}

std::optional<engine::Refresh> ReadRefresh(Napi::Value value, const std::string& name) {
  if (value.IsNull()) return std::nullopt;
  const auto given = Object(value, name);
  engine::Refresh refresh;
  refresh.source = Address(given.Get("source"), name + ".source");
  refresh.priority = Integer<uint8_t>(given.Get("priority"), name + ".priority", 1, 255);
  refresh.interval_us = Microseconds(given.Get("interval"), name + ".interval");
  refresh.down = Microseconds(given.Get("down"), name + ".down", 1);
  return refresh;
}

std::optional<engine::Concession> ReadConcession(Napi::Value value, const std::string& name) {
  if (value.IsNull()) return std::nullopt;
  const auto given = Object(value, name);
  engine::Concession concession;
  concession.priority = Integer<uint8_t>(given.Get("priority"), name + ".priority", 1, 255);
  concession.address = Address(given.Get("address"), name + ".address");
  concession.interval_us = Microseconds(given.Get("interval"), name + ".interval");
  concession.last_word = Boolean(given.Get("lastWord"), name + ".lastWord");
  return concession;
}

engine::Orders::Member ReadMember(const std::vector<uint32_t>& all, Napi::Value value, const std::string& name) {
  const auto given = Object(value, name);
  engine::Orders::Member member;
  member.key = MemberKey(all, given.Get("key"), name + ".key");
  member.stance.generation = Microseconds(given.Get("generation"), name + ".generation");
  member.read = static_cast<uint64_t>(Microseconds(given.Get("read"), name + ".read"));
  member.stance.refresh = ReadRefresh(given.Get("refresh"), name + ".refresh");
  member.stance.skew = Microseconds(given.Get("skew"), name + ".skew");
  member.stance.held = Boolean(given.Get("held"), name + ".held");
  member.stance.wait = Microseconds(given.Get("wait"), name + ".wait");
  member.stance.concession = ReadConcession(given.Get("concession"), name + ".concession");
  return member;
}

std::unique_ptr<engine::Takeover> ReadTakeover(const engine::Engine& engine, const std::vector<uint32_t>& all,
                                               Napi::Value value) {
  if (value.IsNull()) return nullptr;
  const auto given = Object(value, "orders.takeover");
  auto takeover = std::make_unique<engine::Takeover>();
  const auto parts = List(given.Get("routers"), "orders.takeover.routers");
  for (uint32_t i = 0; i < parts.Length(); ++i) {
    const std::string name = "orders.takeover.routers[" + std::to_string(i) + "]";
    const auto entry = Object(parts.Get(i), name);
    engine::Takeover::Part part;
    part.key = MemberKey(all, entry.Get("key"), name + ".key");
    part.content = ReadAdvertContent(entry.Get("frame"), name + ".frame", engine.route_of(part.key));
    part.every = Microseconds(entry.Get("every"), name + ".every", kLeastPeriod);
    part.resignation = ReadResignation(entry.Get("resignation"), name + ".resignation");
    takeover->parts.push_back(std::move(part));
  }
  const auto ticket = Integer<uint32_t>(given.Get("ticket"), "orders.takeover.ticket", 0, UINT32_MAX);
  auto messages = ReadSubmission(given.Get("netlink"), "orders.takeover.netlink");
  if (!messages->errors.empty()) {
    messages->ticket = ticket;
    takeover->netlink = std::move(messages);
  }
  const auto announcements = List(given.Get("announcements"), "orders.takeover.announcements");
  for (uint32_t i = 0; i < announcements.Length(); ++i) {
    const std::string name = "orders.takeover.announcements[" + std::to_string(i) + "]";
    auto plan = ReadAnnouncePlan(announcements.Get(i), name);
    plan->key = MemberKey(all, announcements.Get(i).As<Napi::Object>().Get("key"), name + ".key");
    if (!plan->frames.empty() && plan->repeat > 0) takeover->announcements.push_back(std::move(plan));
  }
  return takeover;
}

std::unique_ptr<engine::Yield> ReadYield(const std::vector<uint32_t>& all, Napi::Value value) {
  if (value.IsNull()) return nullptr;
  const auto given = Object(value, "orders.yield");
  auto yield = std::make_unique<engine::Yield>();
  const auto parts = List(given.Get("routers"), "orders.yield.routers");
  for (uint32_t i = 0; i < parts.Length(); ++i) {
    const std::string name = "orders.yield.routers[" + std::to_string(i) + "]";
    const auto entry = Object(parts.Get(i), name);
    engine::Yield::Part part;
    part.key = MemberKey(all, entry.Get("key"), name + ".key");
    part.down = Microseconds(entry.Get("down"), name + ".down", 1);
    yield->parts.push_back(std::move(part));
  }
  const auto ticket = Integer<uint32_t>(given.Get("ticket"), "orders.yield.ticket", 0, UINT32_MAX);
  auto messages = ReadSubmission(given.Get("netlink"), "orders.yield.netlink");
  if (!messages->errors.empty()) {
    messages->ticket = ticket;
    yield->netlink = std::move(messages);
  }
  return yield;
}

std::vector<engine::Fault> ReadFaults(const std::vector<uint32_t>& all, Napi::Value value) {
  std::vector<engine::Fault> faults;
  const auto list = List(value, "orders.faults");
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const std::string name = "orders.faults[" + std::to_string(i) + "]";
    const auto entry = Object(list.Get(i), name);
    engine::Fault fault;
    fault.session = sys::session_name(Text(entry.Get("session"), name + ".session"));
    fault.key = MemberKey(all, entry.Get("key"), name + ".key");
    const auto farewells = List(entry.Get("farewells"), name + ".farewells");
    for (uint32_t k = 0; k < farewells.Length(); ++k) {
      fault.farewells.push_back(Integer<uint32_t>(farewells.Get(k), name + ".farewells[" + std::to_string(k) + "]", 0, 2));
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

const char* DeedKind(engine::Deed::Kind kind) {
  static constexpr const char* kNames[] = {"expired", "advert", "lost"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace

void GiveOrders(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto given = Object(info[0], "orders");
  const auto keys = List(given.Get("all"), "orders.all");
  std::vector<uint32_t> all;
  for (uint32_t i = 0; i < keys.Length(); ++i) {
    all.push_back(RouterKey(engine, keys.Get(i), "orders.all[" + std::to_string(i) + "]"));
  }
  if (all.empty()) throw MakeArgumentError(info.Env(), "orders.all", "at least one key");
  auto orders = std::make_unique<engine::Orders>();
  const auto members = List(given.Get("members"), "orders.members");
  for (uint32_t i = 0; i < members.Length(); ++i) {
    orders->members.push_back(ReadMember(all, members.Get(i), "orders.members[" + std::to_string(i) + "]"));
  }
  orders->takeover = ReadTakeover(engine, all, given.Get("takeover"));
  orders->yield = ReadYield(all, given.Get("yield"));
  orders->faults = ReadFaults(all, given.Get("faults"));
  engine.give_orders(all, std::move(orders));
}

void ConfirmOrders(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  const auto members = List(info[1], "members");
  std::vector<engine::Confirmation> confirmations;
  for (uint32_t i = 0; i < members.Length(); ++i) {
    const std::string name = "members[" + std::to_string(i) + "]";
    const auto given = Object(members.Get(i), name);
    confirmations.push_back({RouterKey(engine, given.Get("key"), name + ".key"),
                             Microseconds(given.Get("generation"), name + ".generation"),
                             static_cast<uint64_t>(Microseconds(given.Get("read"), name + ".read"))});
  }
  engine.confirm_orders(key, std::move(confirmations));
}

Napi::Value WithholdOrders(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto done = engine.withhold_orders(RouterKey(engine, info[0]));
  if (!done) return env.Null();
  auto deeds = Napi::Array::New(env, done->deeds.size());
  for (uint32_t i = 0; i < done->deeds.size(); ++i) {
    const engine::Deed& deed = done->deeds[i];
    auto object = Napi::Object::New(env);
    object.Set("kind", DeedKind(deed.kind));
    object.Set("key", deed.key);
    object.Set("at", static_cast<double>(deed.at));
    if (deed.kind == engine::Deed::Kind::lost) {
      object.Set("session", deed.session.data());
    } else if (deed.kind == engine::Deed::Kind::advert) {
      object.Set("source", AddressString(env, deed.source));
      object.Set("priority", deed.priority);
      object.Set("interval", static_cast<double>(deed.interval_us));
    } else {
      object.Set("late", static_cast<double>(deed.interval_us));
    }
    deeds.Set(i, object);
  }
  auto deadlines = Napi::Array::New(env, done->deadlines.size());
  for (uint32_t i = 0; i < done->deadlines.size(); ++i) {
    auto object = Napi::Object::New(env);
    object.Set("key", done->deadlines[i].key);
    object.Set("due", static_cast<double>(done->deadlines[i].due));
    deadlines.Set(i, object);
  }
  auto result = Napi::Object::New(env);
  result.Set("deeds", deeds);
  result.Set("deadlines", deadlines);
  return result;
}

}  // namespace ka::addon
