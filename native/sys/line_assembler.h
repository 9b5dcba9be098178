// SPDX-License-Identifier: MIT
// A stream of bytes as lines, whatever the pieces are that it comes in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ka::sys {

class LineAssembler {
 public:
  /// `longest`: bytes of a line, without its line feed.
  explicit LineAssembler(size_t longest) : longest_(longest) {}

  /// Calls `take(std::optional<std::string_view>)` for each line that `bytes` ends, without its line feed and valid during the
  /// call; nullopt for a line that is too long, once and as soon as it is: its bytes are dropped. What follows the last line feed
  /// waits for the rest. false: so did `take` answer, which gets nothing more of these bytes. `take` must not throw.
  template <typename Take>
  bool feed(std::string_view bytes, Take&& take) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      const bool ends = end != std::string_view::npos;
      const auto part = bytes.substr(0, end);
      bytes.remove_prefix(ends ? end + 1 : bytes.size());
      bool wanted = true;
      if (!dropping_ && part.size() > longest_ - begun_.size()) {
        forget();
        dropping_ = true;
        wanted = take(std::optional<std::string_view>());
      } else if (!dropping_ && ends && begun_.empty()) {
        wanted = take(std::optional(part));
      } else if (!dropping_) {
        begun_.append(part);
        if (ends) {
          wanted = take(std::optional<std::string_view>(begun_));
          forget();
        }
      }
      if (ends) dropping_ = false;
      if (!wanted) return false;
    }
    return true;
  }

  /// Bytes of memory that are taken for a line whose end has not come.
  size_t held() const { return begun_.capacity(); }

 private:
  /// What most lines need stays; a long one comes once in months.
  static constexpr size_t kKept = 65536;

  void forget() {
    if (begun_.capacity() > kKept) std::string().swap(begun_);
    begun_.clear();
  }

  size_t longest_;
  std::string begun_;
  bool dropping_ = false;
};

}  // namespace ka::sys
