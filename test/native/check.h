// SPDX-License-Identifier: MIT
// A test program in forty lines: TEST registers, CHECK counts, main.cc runs. Nothing to install where the
// addon is built.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ka::test {

struct Case {
  const char* name;
  std::function<void()> body;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Register {
  Register(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};

inline void check(bool fine, const char* text, const char* file, int line) {
  if (fine) return;
  ++failures();
  std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
}

}  // namespace ka::test

#define KA_JOIN_(a, b) a##b
#define KA_JOIN(a, b) KA_JOIN_(a, b)
/// TEST("a sentence") { CHECK(…); }
#define TEST(name)                                                                              \
  static void KA_JOIN(test_, __LINE__)();                                                       \
  static const ka::test::Register KA_JOIN(register_, __LINE__)(name, KA_JOIN(test_, __LINE__)); \
  static void KA_JOIN(test_, __LINE__)()
#define CHECK(expression) ka::test::check((expression), #expression, __FILE__, __LINE__)
