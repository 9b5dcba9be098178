// SPDX-License-Identifier: MIT
#include "sys/host_program.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "sys/system_error.h"
#include "sys/unique_fd.h"

namespace ka::sys {

namespace {

constexpr int kHex = 16;

/// Of the mapping that is being read.
struct Mapping {
  MemoryRange range;
  /// From a file, private, not writable.
  bool candidate = false;
  bool has_anonymous = false;
  bool anonymous_zero = false;
  bool locked = false;
};

std::string_view next_word(std::string_view& rest) {
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

bool number(std::string_view text, int base, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

/// `00400000-00b6e000 r--p 00000000 fe:00 1234    /usr/bin/node`
bool read_head(std::string_view line, Mapping& mapping) {
  const auto addresses = next_word(line);
  const auto dash = addresses.find('-');
  uint64_t begin = 0;
  uint64_t end = 0;
  if (dash == std::string_view::npos || !number(addresses.substr(0, dash), kHex, begin) ||
      !number(addresses.substr(dash + 1), kHex, end) || begin >= end) {
    return false;
  }
  const auto rights = next_word(line);
  next_word(line);  // offset
  next_word(line);  // device
  const auto inode = next_word(line);
  mapping = Mapping{};
  mapping.range = {static_cast<uintptr_t>(begin), static_cast<uintptr_t>(end)};
  mapping.candidate = (rights == "r--p" || rights == "r-xp") && inode != "0" && !inode.empty();
  return true;
}

/// `Anonymous:             0 kB`
void read_field(std::string_view line, Mapping& mapping) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (name != "Anonymous" && name != "Locked") return;
  auto rest = line.substr(colon + 1);
  uint64_t value = 0;
  const bool zero = number(next_word(rest), 10, value) && value == 0;
  if (name == "Locked") {
    mapping.locked = !zero;
  } else {
    mapping.has_anonymous = true;
    mapping.anonymous_zero = zero;
  }
}

std::string read_smaps() {
  const UniqueFd file(checked(::open("/proc/self/smaps", O_RDONLY | O_CLOEXEC), "open", "/proc/self/smaps"));
  std::string text;
  char piece[16384];
  for (;;) {
    const auto got = checked(static_cast<int>(::read(file.get(), piece, sizeof piece)), "read", "/proc/self/smaps");
    if (got == 0) return text;
    text.append(piece, static_cast<size_t>(got));
  }
}

}  // namespace

bool set_v8_flags(const char* flags) {
  // Looked for at run time: the one thing here that Node-API does not promise.
  using Set = void (*)(const char*);
  const auto set = reinterpret_cast<Set>(::dlsym(RTLD_DEFAULT, "_ZN2v82V818SetFlagsFromStringEPKc"));
  if (set == nullptr) return false;
  set(flags);
  return true;
}

std::vector<MemoryRange> clean_program_ranges(std::string_view smaps) {
  std::vector<MemoryRange> ranges;
  Mapping mapping;
  const auto keep = [&] {
    if (mapping.candidate && mapping.has_anonymous && mapping.anonymous_zero && !mapping.locked) {
      ranges.push_back(mapping.range);
    }
    mapping = Mapping{};
  };
  while (!smaps.empty()) {
    const auto line = smaps.substr(0, smaps.find('\n'));
    smaps.remove_prefix(line.size() < smaps.size() ? line.size() + 1 : line.size());
    Mapping next;
    if (read_head(line, next)) {
      keep();
      mapping = next;
    } else {
      read_field(line, mapping);
    }
  }
  keep();
  return ranges;
}

size_t give_back_program_text() {
  size_t bytes = 0;
  for (const auto& [begin, end] : clean_program_ranges(read_smaps())) {
    if (::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0) bytes += end - begin;
  }
  return bytes;
}

bool give_back_free_memory() {
#ifdef __GLIBC__
  return ::malloc_trim(0) != 0;
#else
  return false;
#endif
}

}  // namespace ka::sys
