// SPDX-License-Identifier: MIT
// Writing and reading one rtnetlink message: header, fixed part, attributes. Reading checks every length.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace ka::netlink {

/// Builds a request with the fixed part `Body`; finish() sets the length.
class Writer {
 public:
  template <typename Body>
  Writer(uint16_t type, uint16_t flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    append(&header, sizeof header);
    append(&body, sizeof body);
  }

  void attribute(uint16_t type, std::span<const uint8_t> value) {
    rtattr header{};
    header.rta_type = type;
    header.rta_len = static_cast<uint16_t>(RTA_LENGTH(value.size()));
    append(&header, sizeof header);
    append(value.data(), value.size());
  }
  template <typename Value>
  void attribute_value(uint16_t type, const Value& value) {
    attribute(type, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }

  /// Attributes that `fill` writes become the content of this one. Nested content over 64 KiB is the caller's mistake.
  template <typename Fill>
  void nest(uint16_t type, Fill&& fill) {
    const size_t start = bytes_.size();
    rtattr header{};
    header.rta_type = type;
    append(&header, sizeof header);
    fill();
    header.rta_len = static_cast<uint16_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &header, sizeof header);
  }
  /// As nest, with a fixed part in front whose first two bytes are its length: an rtnexthop.
  template <typename Head, typename Fill>
  void part(Head head, Fill&& fill) {
    const size_t start = bytes_.size();
    append(&head, sizeof head);
    fill();
    const auto length = static_cast<uint16_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
  }

  std::vector<uint8_t> finish() {
    const auto length = static_cast<uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return std::move(bytes_);
  }

 private:
  void append(const void* data, size_t size) {
    const auto* from = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
    bytes_.resize((bytes_.size() + 3) & ~size_t{3});
  }

  std::vector<uint8_t> bytes_;
};

/// Attributes within an attribute.
class Nest {
 public:
  void attribute(uint16_t type, std::span<const uint8_t> value) {
    rtattr header{};
    header.rta_type = type;
    header.rta_len = static_cast<uint16_t>(RTA_LENGTH(value.size()));
    const auto* start = reinterpret_cast<const uint8_t*>(&header);
    bytes_.insert(bytes_.end(), start, start + sizeof header);
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.resize((bytes_.size() + 3) & ~size_t{3});
  }
  template <typename Value>
  void value(uint16_t type, const Value& value) {
    attribute(type, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }
  void nest(uint16_t type, const Nest& inner) { attribute(type, inner.bytes()); }
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

/// Calls `visit(type, value)` for each attribute of a range that starts at an attribute; stops at a broken
/// one.
template <typename Visit>
void for_each_attribute(std::span<const uint8_t> range, Visit&& visit) {
  while (range.size() >= sizeof(rtattr)) {
    rtattr header;
    std::memcpy(&header, range.data(), sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > range.size()) return;
    visit(static_cast<uint16_t>(header.rta_type & NLA_TYPE_MASK),
          range.subspan(sizeof header, header.rta_len - sizeof header));
    const size_t step = RTA_ALIGN(header.rta_len);
    if (step >= range.size()) return;
    range = range.subspan(step);
  }
}

/// Calls `visit(header, payload)` for each message of a received datagram; stops when visit returns false.
template <typename Visit>
void for_each_message(std::span<const uint8_t> datagram, Visit&& visit) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return;
    if (!visit(header, datagram.subspan(sizeof header, header.nlmsg_len - sizeof header))) return;
    const size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= datagram.size()) return;
    datagram = datagram.subspan(step);
  }
}

/// Reads a fixed-size value; the rest of a shorter attribute stays zero.
template <typename Value>
Value read_value(std::span<const uint8_t> bytes) {
  Value value{};
  // An attribute that is not there has no address either.
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size() < sizeof value ? bytes.size() : sizeof value);
  return value;
}

/// Copies a zero-terminated name and always terminates it.
template <typename Array>
void read_name(std::span<const uint8_t> bytes, Array& name) {
  const size_t length = bytes.size() < name.size() - 1 ? bytes.size() : name.size() - 1;
  std::memcpy(name.data(), bytes.data(), length);
  name[length] = 0;
}

}  // namespace ka::netlink
