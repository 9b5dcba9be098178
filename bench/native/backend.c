// SPDX-License-Identifier: MIT
/* A server that costs next to nothing: `backend PORT tcp|http`. Accepts on every address; http answers whatever comes with a small
   page. At the end of its standard input it stops to listen and writes what came, a line each: microseconds (CLOCK_MONOTONIC), last half of the address. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most = 1 << 20, burst = 256 };

static struct { int64_t at; uint32_t address; } *arrivals;
static size_t count;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void note(int fd) {
  struct sockaddr_in own;
  socklen_t size = sizeof own;
  if (count < most && getsockname(fd, (struct sockaddr *)&own, &size) == 0) {
    arrivals[count].at = now();
    arrivals[count++].address = ntohl(own.sin_addr.s_addr) & 0xffff;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  const int http = strcmp(argv[2], "http") == 0;
  const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  arrivals = calloc(most, sizeof *arrivals);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  if (!arrivals || bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 4096)) {
    perror("backend");
    return 1;
  }
  const int all = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[burst];
  epoll_ctl(all, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = STDIN_FILENO;
  epoll_ctl(all, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    const int ready = epoll_wait(all, events, burst, -1);
    for (int i = 0; i < ready; i++) {
      const int fd = events[i].data.fd;
      if (fd == STDIN_FILENO) {
        close(listener);
        for (size_t n = 0; n < count; n++) printf("%lld %u\n", (long long)arrivals[n].at, arrivals[n].address);
        return 0;
      }
      if (fd == listener) {
        for (int one; (one = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          note(one);
          event.events = EPOLLIN;
          event.data.fd = one;
          epoll_ctl(all, EPOLL_CTL_ADD, one, &event);
        }
        continue;
      }
      char request[4096];
      if (http && read(fd, request, sizeof request) > 0) (void)!write(fd, page, sizeof page - 1);
      close(fd);
    }
  }
}
