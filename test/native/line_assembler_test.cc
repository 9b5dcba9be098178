// SPDX-License-Identifier: MIT
#include "sys/line_assembler.h"

#include <string>
#include <string_view>
#include <vector>

#include "check.h"

namespace {

using ka::sys::LineAssembler;

constexpr const char* kTooLong = "(too long)";

/// What it makes of these pieces.
std::vector<std::string> heard(LineAssembler& lines, const std::vector<std::string_view>& pieces) {
  std::vector<std::string> all;
  for (const auto piece : pieces) {
    CHECK(lines.feed(piece, [&](const auto line) {
      all.emplace_back(line ? *line : kTooLong);
      return true;
    }));
  }
  return all;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST("lines come out whole, however the bytes were cut") {
  const std::string text = "first\n\nthird with \xc3\xa4 and \xff\nlast\n";
  const Lines whole{"first", "", "third with \xc3\xa4 and \xff", "last"};
  for (size_t one = 0; one <= text.size(); ++one) {
    for (size_t other = one; other <= text.size(); ++other) {
      LineAssembler lines(100);
      const std::string_view all = text;
      CHECK(heard(lines, {all.substr(0, one), all.substr(one, other - one), all.substr(other)}) == whole);
    }
  }
}

TEST("a line that never ends is not told") {
  LineAssembler lines(100);
  CHECK(heard(lines, {"a\nb", "", "c"}) == Lines{"a"});
  CHECK(heard(lines, {"\n"}) == Lines{"bc"});
}

TEST("a line that is too long is told once, as soon as it is, and the next one as ever") {
  LineAssembler lines(4);
  CHECK(heard(lines, {"1234\n12345\n5678\n"}) == (Lines{"1234", kTooLong, "5678"}));
  CHECK(heard(lines, {"12", "34"}).empty());
  CHECK(heard(lines, {"5"}) == Lines{kTooLong});
  CHECK(heard(lines, {"678901234567890", "12345", "6\nnext\n"}) == Lines{"next"});
  CHECK(heard(lines, {"123", "45\n\n"}) == (Lines{kTooLong, ""}));
}

TEST("who wants no more lines gets none, and the next bytes begin a line") {
  LineAssembler lines(4);
  for (const std::string_view text : {"1\n2\n3\n4", "12345\n2\n"}) {
    int told = 0;
    CHECK(!lines.feed(text, [&](auto) {
      ++told;
      return false;
    }));
    CHECK(told == 1);
  }
  CHECK(heard(lines, {"a\n"}) == Lines{"a"});
}

TEST("the memory of a long line is given back, and that of a short one is used again") {
  LineAssembler lines(10'000'000);
  const std::string half(4'000'000, 'x');
  CHECK(heard(lines, {half, half, "\n"}) == Lines{half + half});
  CHECK(lines.held() < 100);
  CHECK(heard(lines, {half, half, half}) == Lines{kTooLong});
  CHECK(lines.held() < 100);
  const std::string small(5'000, 'x');
  CHECK(heard(lines, {"\n", small, "\n"}) == Lines{small});
  CHECK(lines.held() >= 5'000);
}
