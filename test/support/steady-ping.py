# SPDX-License-Identifier: MIT
# steady-ping.py ADDRESS SECONDS: ICMP echo requests at a thousand a second, answered or not (ping slows down to a hundred while nothing
# comes back). Ends after so many seconds, or 0.3 s after SIGINT. Prints "sent N", then a line for each row of requests without an
# answer: Unix time of the first, their number, milliseconds until the first that was answered again.
import os, select, signal, socket, struct, sys, time

address, limit = sys.argv[1], float(sys.argv[2])
end = time.time() + limit


def stop(*_):
    global end
    end = min(end, time.time())


signal.signal(signal.SIGINT, stop)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.setblocking(False)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
own = os.getpid() & 0xFFFF
sent = []
answered = set()


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ask():
    count = len(sent)
    body = struct.pack("!I", count)
    head = struct.pack("!BBHHH", 8, 0, 0, own, count & 0xFFFF)
    packet = struct.pack("!BBHHH", 8, 0, checksum(head + body), own, count & 0xFFFF) + body
    sent.append(time.time())
    try:
        s.sendto(packet, (address, 0))
    except OSError:
        pass  # nobody is there: it counts as one without an answer


def hear(wait):
    if not select.select([s], [], [], wait)[0]:
        return
    while True:
        try:
            packet = s.recv(2048)
        except BlockingIOError:
            return
        at = (packet[0] & 15) * 4
        kind, _, _, ident, _ = struct.unpack_from("!BBHHH", packet, at)
        if kind == 0 and ident == own:
            answered.add(struct.unpack_from("!I", packet, at + 8)[0])


due = time.monotonic()
print("up", flush=True)
while time.time() < end:
    now = time.monotonic()
    if now >= due:
        ask()
        # Held up: what was missed is not sent in a burst.
        due = max(due + 0.001, now)
    hear(max(0.0, due - time.monotonic()))
last = time.monotonic() + 0.3
while time.monotonic() < last:
    hear(0.05)

print("sent", len(sent))
row = 0
for i in range(len(sent) + 1):
    if i < len(sent) and i not in answered:
        row += 1
    elif row > 0:
        last_time = sent[i] if i < len(sent) else time.time()
        print("%.6f %d %.1f" % (sent[i - row], row, (last_time - sent[i - row]) * 1000))
        row = 0
