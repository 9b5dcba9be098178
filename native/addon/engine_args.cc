// SPDX-License-Identifier: MIT
#include "addon/engine_args.h"

#include "addon/args.h"
#include "addon/codec_args.h"
#include "addon/netlink_binding.h"
#include "codec/announce.h"
#include "sys/system_error.h"

namespace ka::addon {

namespace {

constexpr uint32_t kMostRepeat = 10'000;

}  // namespace

uint32_t ReadKey(Napi::Value value, const std::string& name) {
  return Integer<uint32_t>(value, name, 0, kMostKey);
}

uint32_t RouterKey(const engine::Engine& engine, Napi::Value value, const std::string& name) {
  const uint32_t key = ReadKey(value, name);
  if (!engine.has_router(key)) throw MakeArgumentError(value.Env(), name, "the key of a router that was added");
  return key;
}

engine::EndpointSpec ReadEndpointSpec(Napi::Value value) {
  static constexpr const char* kKinds[] = {"multicast", "unicast"};
  const auto given = Object(value, "spec");
  engine::EndpointSpec spec;
  spec.family = Integer<uint8_t>(given.Get("family"), "spec.family", 4, 6);
  spec.protocol = Integer<uint8_t>(given.Get("protocol"), "spec.protocol", 51, 112);
  if (spec.protocol != codec::kProtocolVrrp && spec.protocol != codec::kProtocolAh) {
    throw MakeArgumentError(value.Env(), "spec.protocol", "112 or 51");
  }
  spec.multicast = OneOf(given.Get("kind"), "spec.kind", kKinds) == 0;
  spec.ifindex = Integer<int32_t>(given.Get("ifindex"), "spec.ifindex", spec.multicast ? 1 : 0, INT32_MAX);
  spec.ifname = Text(given.Get("ifname"), "spec.ifname");
  spec.address = Address(given.Get("address"), "spec.address");
  if (spec.address.family != spec.family)
    throw MakeArgumentError(value.Env(), "spec.address", "of the family given");
  if (codec::is_multicast(spec.address) != spec.multicast) {
    throw MakeArgumentError(value.Env(), "spec.address",
                            spec.multicast ? "a multicast group" : "a unicast address");
  }
  spec.receive_buffer = Integer<int32_t>(given.Get("receiveBuffer"), "spec.receiveBuffer", 0, INT32_MAX);
  return spec;
}

std::unique_ptr<engine::AnnouncePlan> ReadAnnouncePlan(Napi::Value value, const std::string& name) {
  const auto given = Object(value, name);
  const auto announcements = Array(given.Get("announcements"), name + ".announcements");
  auto plan = std::make_unique<engine::AnnouncePlan>();
  for (uint32_t i = 0; i < announcements.Length(); ++i) {
    const auto spec = ReadAnnouncement(announcements.Get(i), name + ".announcements[" + std::to_string(i) + "]");
    engine::AnnounceFrame frame;
    frame.ifindex = static_cast<int32_t>(spec.ifindex);
    frame.length =
        static_cast<uint32_t>(codec::encode_announcement(spec.address, spec.mac, spec.router, frame.bytes));
    plan->frames.push_back(frame);
  }
  plan->repeat = Integer<uint32_t>(given.Get("repeat"), name + ".repeat", 0, kMostRepeat);
  plan->at = Microseconds(given.Get("at"), name + ".at");
  plan->after_ticket = Integer<uint32_t>(given.Get("afterTicket"), name + ".afterTicket", 0, UINT32_MAX);
  plan->slot = Integer<uint32_t>(given.Get("slot"), name + ".slot", 0, UINT32_MAX);
  plan->pacing = Microseconds(given.Get("pacing"), name + ".pacing");
  plan->clock = Integer<uint32_t>(given.Get("clock"), name + ".clock", 0, UINT32_MAX);
  return plan;
}

std::unique_ptr<engine::Resignation> ReadResignation(Napi::Value value, const std::string& name) {
  const auto given = Object(value, name);
  auto resignation = std::make_unique<engine::Resignation>();
  resignation->farewells = Integer<uint32_t>(given.Get("farewells"), name + ".farewells", 0, kMostFarewells);
  auto messages = ReadSubmission(given.Get("netlink"), name + ".netlink");
  if (!messages->errors.empty()) resignation->netlink = std::move(messages);
  return resignation;
}

std::unique_ptr<engine::AdvertContent> ReadAdvertContent(Napi::Value value, const std::string& name,
                                                         const engine::EndpointSpec* route) {
  auto spec = ReadAdvertSpec(value, name);
  const auto destinations = ReadDestinations(value, name);
  if (route == nullptr) throw sys::SystemError(ENODEV, "sendmsg", "the endpoint is closed");
  auto content = engine::make_advert_content(spec, destinations, {route->ifindex, route->multicast},
                                             ReadSigner(value, name));
  if (content == nullptr)
    throw sys::SystemError(EOPNOTSUPP, "sendmsg", "this advertisement cannot be encoded");
  const Napi::Value late = value.As<Napi::Object>().Get("whenLate");
  if (!late.IsUndefined()) {
    const auto given = Object(late, name + ".whenLate");
    content->patience = Microseconds(given.Get("patience"), name + ".whenLate.patience", 1);
    content->listen = Microseconds(given.Get("listen"), name + ".whenLate.listen", 1);
  }
  return content;
}

}  // namespace ka::addon
