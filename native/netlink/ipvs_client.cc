// SPDX-License-Identifier: MIT
#include "netlink/ipvs_client.h"

#include <linux/genetlink.h>
#include <linux/ip_vs.h>

#include <cerrno>

#include "netlink/message.h"
#include "sys/netns.h"
#include "sys/system_error.h"

namespace ka::netlink::ipvs {
namespace {

// A table beyond this is no load balancer's; it bounds what a reading may take of memory.
constexpr size_t kMostObjects = 1 << 20;

sys::UniqueFd open(const ClientOptions& options) {
  const auto here = [&] { return open_socket(NETLINK_GENERIC, 0, options.receive_buffer); };
  if (!options.network_namespace) return here();
  return options.network_namespace->empty() ? sys::open_beside_process_one(here)
                                            : sys::open_in_network_namespace(*options.network_namespace, here);
}

uint16_t find_family(Channel& channel) {
  Writer writer(GENL_ID_CTRL, 0, genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
  const std::string name = IPVS_GENL_NAME;
  writer.attribute(CTRL_ATTR_FAMILY_NAME, {reinterpret_cast<const uint8_t*>(name.c_str()), name.size() + 1});
  uint16_t family = 0;
  channel.ask(writer.finish(), [&](const nlmsghdr&, std::span<const uint8_t> payload) {
    if (payload.size() < sizeof(genlmsghdr)) return;
    for_each_attribute(payload.subspan(sizeof(genlmsghdr)), [&](uint16_t type, std::span<const uint8_t> value) {
      if (type == CTRL_ATTR_FAMILY_ID) family = read_value<uint16_t>(value);
    });
  });
  if (family < NLMSG_MIN_TYPE) throw sys::SystemError(ENOENT, "netlink family", name);
  return family;
}

template <typename Container>
void check_size(const Container& objects) {
  if (objects.size() >= kMostObjects) throw sys::SystemError(EOVERFLOW, "netlink dump", IPVS_GENL_NAME);
}

}  // namespace

Client::Client(const ClientOptions& options) : channel_(open(options)), family_(find_family(channel_)) {}

void Client::execute(Submission& submission) noexcept {
  const std::lock_guard lock(mutex_);
  channel_.execute(submission);
}

std::vector<Entry> Client::read() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> table;
  channel_.ask(encode(family_, IPVS_CMD_GET_SERVICE, NLM_F_DUMP),
               [&](const nlmsghdr&, std::span<const uint8_t> payload) {
                 check_size(table);
                 Entry entry;
                 if (parse_service(payload, entry)) table.push_back(std::move(entry));
               });
  for (Entry& entry : table) read_destinations(entry);
  return table;
}

std::optional<Entry> Client::read_service(const ServiceKey& key) {
  const std::lock_guard lock(mutex_);
  std::optional<Entry> found;
  try {
    channel_.ask(encode_service_key(family_, IPVS_CMD_GET_SERVICE, key),
                 [&](const nlmsghdr&, std::span<const uint8_t> payload) {
                   Entry entry;
                   if (parse_service(payload, entry)) found = std::move(entry);
                 });
  } catch (const sys::SystemError& error) {
    if (error.error() == ESRCH) return std::nullopt;
    throw;
  }
  if (found) read_destinations(*found);
  return found;
}

void Client::read_destinations(Entry& entry) {
  channel_.ask(encode_service_key(family_, IPVS_CMD_GET_DEST, entry.service.key, NLM_F_DUMP),
               [&](const nlmsghdr&, std::span<const uint8_t> payload) {
                 check_size(entry.destinations);
                 DestinationEntry destination;
                 if (parse_destination(payload, entry.service.key.family, destination)) {
                   entry.destinations.push_back(destination);
                 }
               });
}

Timeouts Client::timeouts() {
  const std::lock_guard lock(mutex_);
  Timeouts timeouts;
  channel_.ask(encode(family_, IPVS_CMD_GET_CONFIG), [&](const nlmsghdr&, std::span<const uint8_t> payload) {
    timeouts = parse_timeouts(payload);
  });
  return timeouts;
}

std::vector<Daemon> Client::daemons() {
  const std::lock_guard lock(mutex_);
  std::vector<Daemon> running;
  channel_.ask(encode(family_, IPVS_CMD_GET_DAEMON, NLM_F_DUMP),
               [&](const nlmsghdr&, std::span<const uint8_t> payload) {
                 check_size(running);
                 Daemon daemon;
                 if (parse_daemon(payload, daemon)) running.push_back(daemon);
               });
  return running;
}

}  // namespace ka::netlink::ipvs
