// SPDX-License-Identifier: MIT
#include "sys/system_log.h"

#include <fcntl.h>
#include <paths.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/monotonic.h"
#include "sys/unique_fd.h"

namespace ka::sys {

namespace {

constexpr size_t kMostBytes = 8192;
// A serial console takes a line in milliseconds, spent in its interrupt: nothing else runs on that processor. So it gets a
// first few lines, then this many a second.
constexpr double kConsoleBurst = 20;
constexpr double kConsoleLinesPerMicro = 5e-6;
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct SystemLog {
  std::string ident;
  int facility = LOG_DAEMON >> 3;
  bool to_console = false;
  UniqueFd socket;
  double console_credit = kConsoleBurst;
  Micros console_at = 0;
  unsigned long console_missing = 0;
};

/// On the heap and never freed: no destructor may run while another thread still logs at exit.
SystemLog& state() {
  static auto* const log = new SystemLog;
  return *log;
}

bool connect_socket(SystemLog& log) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, _PATH_LOG, sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  log.socket = std::move(fd);
  return true;
}

std::string sender(const SystemLog& log) { return log.ident + "[" + std::to_string(::getpid()) + "]: "; }

bool has_console_credit(SystemLog& log) {
  const Micros now = monotonic_us();
  log.console_credit = std::min(
      kConsoleBurst, log.console_credit + static_cast<double>(now - log.console_at) * kConsoleLinesPerMicro);
  log.console_at = now;
  return log.console_credit >= 1;
}

/// As syslog(3) does with LOG_CONS, but never waiting for a terminal, and at a bounded pace: lines beyond it are counted and
/// left out. false: there is no console that takes it.
bool write_console(SystemLog& log, const std::string& text) {
  if (!has_console_credit(log)) {
    ++log.console_missing;
    return true;
  }
  const UniqueFd fd(::open(_PATH_CONSOLE, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return false;
  std::string lines;
  if (log.console_missing > 0) lines = sender(log) + std::to_string(log.console_missing) + " lines left out on this console\r\n";
  lines += sender(log) + text.c_str() + "\r\n";
  if (::write(fd.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) return false;
  log.console_credit -= 1;
  log.console_missing = 0;
  return true;
}

/// RFC 3164 as the C library writes it: `<30>Nov  9 20:42:18 ident[123]: text`, local time.
std::string frame(const SystemLog& log, int priority, const std::string& text, long long epoch) {
  const auto seconds = static_cast<time_t>(epoch);
  tm t{};
  ::localtime_r(&seconds, &t);
  std::array<char, 64> head{};
  std::snprintf(head.data(), head.size(), "<%d>%s %2d %02d:%02d:%02d ", (log.facility << 3) | priority,
                kMonths[static_cast<size_t>(t.tm_mon)], t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
  std::string line = head.data() + sender(log);
  line.append(text.c_str());
  if (line.size() > kMostBytes) line.resize(kMostBytes);
  return line;
}

}  // namespace

void open_system_log(const std::string& ident, int facility, bool to_console) {
  auto& log = state();
  log.ident = ident;
  log.facility = facility;
  log.to_console = to_console;
}

bool write_system_log(int priority, const std::string& text, long long epoch) {
  auto& log = state();
  const std::string line = frame(log, priority, text, epoch);
  // Twice: a log daemon that was restarted has another socket under the same name.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!log.socket && !connect_socket(log)) break;
    if (::send(log.socket.get(), line.data(), line.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) return false;
    // A line too long for the socket can never be sent: cut in half rather than kept for ever.
    if (errno == EMSGSIZE) return text.size() < 64 || write_system_log(priority, text.substr(0, text.size() / 2), epoch);
    log.socket.reset();
  }
  return log.to_console && write_console(log, text);
}

}  // namespace ka::sys
