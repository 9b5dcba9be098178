// SPDX-License-Identifier: MIT
// The program that this addon was loaded into: the flags of its V8, and the memory that its text takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ka::sys {

/// As on Node's command line, for what V8 does from here on. false: this Node has no such function. V8 itself complains about
/// an unknown flag on standard error.
bool set_v8_flags(const char* flags);

struct MemoryRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

/// Of /proc/PID/smaps: private mappings of files that cannot be written to, that hold not one page of our own (relocated, patched or
/// copied) and are not locked. Dropping them loses nothing: the file has all of it. What cannot be read is left out.
std::vector<MemoryRange> clean_program_ranges(std::string_view smaps);

/// Gives back the pages of program text that were only needed so far; those that are needed again come from the page cache.
/// Bytes of the mappings it was done for. Throws SystemError when /proc cannot be read.
size_t give_back_program_text();

/// Gives back what malloc has free between blocks in use: a reload fills gaps that no later allocation fits. false: there was none, or
/// the C library cannot. Locks one arena after the other for some microseconds.
bool give_back_free_memory();

}  // namespace ka::sys
