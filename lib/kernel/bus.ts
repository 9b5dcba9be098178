// SPDX-License-Identifier: MIT
// ports/bus.ts by dbus-native: its connection, handshake and marshalling; the few calls to the bus itself are ours, so that a bus
// that restarts is asked for the name again.

import type { createConnection, DBusConnection, Message } from 'dbus-native';
import type { BusEvents, Buses } from '../ports/bus.ts';

/** Types of messages, and the flag of a caller that wants no answer (D-Bus specification, "Message Format"). */
const type = { call: 1, return: 2, error: 3, signal: 4 } as const;
const noReply = 1;
/** RequestName: do not wait for others; the answers. */
const doNotQueue = 4;
const primaryOwner = 1;
const alreadyOwner = 4;
const bytesAtMost = 1 << 20;
const closing = 500;

const busName = 'org.freedesktop.DBus';
const usualAddress = 'unix:path=/run/dbus/system_bus_socket';

export function createBuses(environment: NodeJS.ProcessEnv): Buses {
  return {
    async own(name, events) {
      const { default: library } = (await import('dbus-native')) as unknown as { default: { createConnection: typeof createConnection } };
      const connection = library.createConnection({
        busAddress: environment.DBUS_SYSTEM_BUS_ADDRESS ?? usualAddress,
        reconnect: { minDelay: 500, maxDelay: 15_000 },
        maxMessageSize: bytesAtMost,
      });
      return serve(connection, name, events);
    },
  };
}

function serve(connection: DBusConnection, name: string, events: BusEvents) {
  let serial = 0;
  let closed = false;
  let standing = false;
  const answers = new Map<number, (message: Message) => void>();
  const send = (message: Message): number => {
    serial = (serial % 0x7fffffff) + 1;
    connection.message({ ...message, serial });
    return serial;
  };
  const ask = (member: string, signature: string, body: unknown[], then: (answer: Message) => void) => {
    const call = { type: type.call, path: '/org/freedesktop/DBus', interface: busName, destination: busName, member };
    answers.set(send(signature === '' ? call : { ...call, signature, body }), then);
  };
  const greet = () => {
    answers.clear();
    ask('Hello', '', [], (hello) => {
      if (hello.type === type.error) return lose(String(hello.body?.[0] ?? hello.errorName));
      ask('RequestName', 'su', [name, doNotQueue], ({ type: kind, body, errorName }) => {
        if (kind === type.error) return lose(String(body?.[0] ?? errorName));
        if (body?.[0] !== primaryOwner && body?.[0] !== alreadyOwner) return lose('another process owns it');
        standing = true;
        events.onName();
      });
    });
  };
  const lose = (reason: string) => {
    if (closed) return;
    standing = false;
    events.onLost(reason);
  };
  const answer = (message: Message) => {
    const { path = '', member = '', signature = '', body = [] } = message;
    const reply = events.onCall({ path, interface: message.interface ?? '', member, signature, body });
    if (((message.flags ?? 0) & noReply) !== 0) return;
    const common = { replySerial: message.serial ?? 0, destination: message.sender ?? '' };
    if (reply.kind === 'error') send({ ...common, type: type.error, errorName: reply.name, signature: 's', body: [reply.text] });
    else if (reply.signature === '') send({ ...common, type: type.return });
    else send({ ...common, type: type.return, signature: reply.signature, body: [...reply.body] });
  };

  connection.on('connect', greet);
  connection.on('reconnect', greet);
  connection.on('message', (message: Message) => {
    if (message.type === type.call) return answer(message);
    const then = answers.get(message.replySerial ?? 0);
    answers.delete(message.replySerial ?? 0);
    then?.(message);
  });
  // Without a listener it would end the process; 'close' tells it as well.
  connection.on('error', () => {});
  let complained = false;
  connection.on('close', (cause?: Error) => {
    if (standing || !complained) lose(cause?.message ?? 'the bus has gone');
    complained = true;
  });

  return {
    signal(signal: { path: string; interface: string; member: string; signature: string; body: readonly unknown[] }) {
      if (!standing) return;
      const { signature, body, ...rest } = signal;
      send(signature === '' ? { ...rest, type: type.signal } : { ...rest, type: type.signal, signature, body: [...body] });
    },
    async close() {
      if (closed) return;
      closed = true;
      const gone = new Promise<void>((resolve) => connection.once('close', () => resolve()));
      const late = new Promise<void>((resolve) => setTimeout(resolve, closing).unref());
      connection.end();
      if (standing) await Promise.race([gone, late]);
    },
  };
}
