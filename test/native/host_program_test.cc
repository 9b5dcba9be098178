// SPDX-License-Identifier: MIT
#include "sys/host_program.h"

#include "check.h"

namespace {

using ka::sys::clean_program_ranges;

/// A mapping as the kernel writes it, with the fields that count and some that do not.
std::string mapping(const std::string& head, int anonymous, int locked = 0) {
  return head + "\nSize:   7608 kB\nRss:   5140 kB\nAnonymous:   " + std::to_string(anonymous) +
         " kB\nAnonHugePages:   0 kB\nLocked:   " + std::to_string(locked) + " kB\nVmFlags: rd mr mw me \n";
}

}  // namespace

TEST("program text that nobody has changed can be given back") {
  const auto ranges = clean_program_ranges(mapping("00400000-00b6f000 r--p 00000000 fe:00 1234    /usr/bin/node", 0) +
                                           mapping("00b72000-025fe000 r-xp 00772000 fe:00 1234    /usr/bin/my node", 0));
  CHECK(ranges.size() == 2);
  CHECK(ranges[0].begin == 0x400000 && ranges[0].end == 0xb6f000);
  CHECK(ranges[1].begin == 0xb72000 && ranges[1].end == 0x25fe000);
}

TEST("what would be lost stays") {
  const char* kept[] = {
      "7f0000000000-7f0000001000 rw-p 00000000 fe:00 1234    /usr/lib/data.so",
      "7f0000000000-7f0000001000 r--s 00000000 fe:00 1234    /run/shared",
      "7f0000000000-7f0000001000 r-xp 00000000 00:00 0    [vdso]",
      "7f0000000000-7f0000001000 r-xp 00000000 00:00 0",
      "7f0000000000-7f0000001000 ---p 00000000 fe:00 1234    /usr/lib/gap.so",
      "7f0000001000-7f0000000000 r--p 00000000 fe:00 1234    /backwards",
      "7f0000000000-7f000000z000 r--p 00000000 fe:00 1234    /no/number",
      "7f0000000000 r--p 00000000 fe:00 1234    /no/range",
  };
  for (const char* head : kept) CHECK(clean_program_ranges(mapping(head, 0)).empty());
  const std::string text = "7f0000000000-7f0000001000 r--p 00000000 fe:00 1234    /usr/lib/relocated.so";
  CHECK(clean_program_ranges(mapping(text, 0)).size() == 1);
  CHECK(clean_program_ranges(mapping(text, 4)).empty());
  CHECK(clean_program_ranges(mapping(text, 0, 4)).empty());
  // A kernel that does not tell, or a text cut short.
  CHECK(clean_program_ranges(text).empty());
  CHECK(clean_program_ranges(text + "\nAnonymous:").empty());
  CHECK(clean_program_ranges("").empty());
}
