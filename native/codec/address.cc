// SPDX-License-Identifier: MIT
#include "codec/address.h"

#include <algorithm>
#include <charconv>

namespace ka::codec {

namespace {

/// Four decimal parts without leading zeros, as inet_pton.
bool parse4(std::string_view text, std::span<uint8_t, 4> out) {
  for (size_t i = 0; i < 4; ++i) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return false;
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    if (value > 255) return false;
    out[i] = static_cast<uint8_t>(value);
    text.remove_prefix(digits);
    if (i == 3) break;
    if (text.empty() || text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return text.empty();
}

/// Colon-separated groups into consecutive words; `limit` words fit. Returns their number, −1 for a fault. An
/// empty text has none.
int parse_groups(std::string_view text, std::span<uint8_t> out) {
  size_t at = 0;
  if (text.empty()) return 0;
  for (;;) {
    if (at + 2 > out.size()) return -1;
    const size_t end = std::min(text.find(':'), text.size());
    const auto group = text.substr(0, end);
    if (group.find('.') != group.npos) {
      if (end != text.size() || at + 4 > out.size()) return -1;
      if (!parse4(group, out.subspan(at).first<4>())) return -1;
      return static_cast<int>(at / 2 + 2);
    }
    uint16_t word = 0;
    const auto [stop, error] = std::from_chars(group.data(), group.data() + group.size(), word, 16);
    if (error != std::errc{} || stop != group.data() + group.size() || group.size() > 4) return -1;
    out[at++] = static_cast<uint8_t>(word >> 8);
    out[at++] = static_cast<uint8_t>(word);
    if (end == text.size()) return static_cast<int>(at / 2);
    text.remove_prefix(end + 1);
  }
}

bool parse6(std::string_view text, std::span<uint8_t, 16> out) {
  const size_t gap = text.find("::");
  if (gap == text.npos) return parse_groups(text, out) == 8;
  std::array<uint8_t, 16> tail{};
  const auto head_text = text.substr(0, gap);
  // An IPv4 part may only end the whole text.
  if (head_text.find('.') != head_text.npos) return false;
  const int head_words = parse_groups(head_text, out);
  const int tail_words = parse_groups(text.substr(gap + 2), tail);
  if (head_words < 0 || tail_words < 0 || head_words + tail_words > 7) return false;
  std::fill(out.begin() + 2 * head_words, out.end(), 0);
  std::copy_n(tail.begin(), 2 * tail_words, out.end() - 2 * tail_words);
  return true;
}

/// Appends text to a buffer that is known to be large enough.
class Text {
 public:
  explicit Text(AddressText& buffer) : buffer_(buffer) {}
  void put(char c) { buffer_[size_++] = c; }
  void number(unsigned value, int base) {
    const auto end = std::to_chars(buffer_.data() + size_, buffer_.data() + buffer_.size(), value, base).ptr;
    size_ = static_cast<size_t>(end - buffer_.data());
  }
  void dotted(std::span<const uint8_t> bytes) {
    for (size_t i = 0; i < 4; ++i) {
      if (i > 0) put('.');
      number(bytes[i], 10);
    }
  }
  std::string_view finish() {
    buffer_[size_] = '\0';
    return {buffer_.data(), size_};
  }

 private:
  AddressText& buffer_;
  size_t size_ = 0;
};

/// RFC 5952: the first longest run of two or more zero words becomes "::".
void print6(std::span<const uint8_t> bytes, Text& text) {
  std::array<unsigned, 8> words;
  for (size_t i = 0; i < 8; ++i) words[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  size_t gap = 8;
  size_t gap_size = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t run = 0;
    while (i + run < 8 && words[i + run] == 0) ++run;
    if (run > gap_size) {
      gap = i;
      gap_size = run;
    }
  }
  const bool mapped = gap == 0 && gap_size == 5 && words[5] == 0xffff;
  for (size_t i = 0; i < (mapped ? 6 : 8);) {
    if (i == gap) {
      text.put(':');
      text.put(':');
      i += gap_size;
      continue;
    }
    if (i > 0 && i != gap + gap_size) text.put(':');
    text.number(words[i++], 16);
  }
  if (mapped) {
    text.put(':');
    text.dotted(bytes.subspan(12));
  }
}

}  // namespace

Addr make_address(uint8_t family, std::span<const uint8_t> bytes) {
  Addr address;
  if (address_size(family) == 0 || bytes.size() != address_size(family)) return address;
  address.family = family;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

bool is_multicast(const Addr& address) {
  return address.family == kIpv4 ? (address.bytes[0] & 0xf0) == 0xe0
                                 : address.family == kIpv6 && address.bytes[0] == 0xff;
}

bool parse_address(std::string_view text, Addr& out) {
  Addr address;
  if (text.find(':') != text.npos) {
    address.family = kIpv6;
    if (!parse6(text, address.bytes)) return false;
  } else {
    address.family = kIpv4;
    if (!parse4(text, std::span(address.bytes).first<4>())) return false;
  }
  out = address;
  return true;
}

std::string_view print_address(const Addr& address, AddressText& buffer) {
  Text text(buffer);
  if (address.family == kIpv4) text.dotted(address.view());
  if (address.family == kIpv6) print6(address.view(), text);
  return text.finish();
}

}  // namespace ka::codec
