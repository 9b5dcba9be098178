// SPDX-License-Identifier: MIT
// One writer that never waits, readers that see a whole value or know that they did not. The words are atomics, so that a torn
// read is a wrong value and no undefined behaviour, and carry the order themselves: a fence is what ThreadSanitizer cannot see.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ka::sys {

template <typename T>
class Seqlock {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// One thread.
  void store(const T& value) {
    std::array<uint64_t, kWords> words{};
    std::memcpy(words.data(), &value, sizeof value);
    const uint64_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    // Whoever sees one of these sees that the number is odd.
    for (size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  /// Any thread. false: never stored, or the writer was always faster.
  bool load(T& value) const {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const uint64_t before = sequence_.load(std::memory_order_acquire);
      if (before == 0) return false;
      if ((before & 1) != 0) continue;
      std::array<uint64_t, kWords> words;
      for (size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
      if (sequence_.load(std::memory_order_relaxed) != before) continue;
      std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
      return true;
    }
    return false;
  }

 private:
  static constexpr size_t kWords = (sizeof(T) + 7) / 8;
  /// The writer is one of higher priority: it is done in less than this or was stopped amid.
  static constexpr int kAttempts = 1000;

  std::atomic<uint64_t> sequence_{0};
  std::array<std::atomic<uint64_t>, kWords> words_{};
};

}  // namespace ka::sys
