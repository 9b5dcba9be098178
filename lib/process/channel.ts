// Messages between parent and child: one JSON text a line over a socket of their own. Node's own channel would load its streams and
// sockets into each process before the first line of ours runs, and can only be had with a child that Node has started.

import type { NativeAddon } from '../native/surface.ts';

export interface MessageChannel<Out> {
  /** Resolves when the kernel has it, or when it cannot be sent any more. */
  send(message: Out): Promise<void>;
  /** Any number of times; nothing is heard from then on. */
  close(): void;
}

export interface MessageListener {
  /** undefined for what is no JSON. */
  onMessage(message: unknown): void;
  /** The other end is closed; called once, last. */
  onEnd(): void;
}

/** A line longer than this is no message of anybody's: a configuration of 10,000 servers has 20 MB. */
const longestLine = 2 ** 28;
const lineFeed = 0x0a;

/** Takes the descriptor over. Does not keep the process alive. */
export function createChannel<Out>(native: Pick<NativeAddon, 'openChannel'>, fd: number, listener: MessageListener): MessageChannel<Out> {
  let begun: Buffer[] = [];
  let size = 0;
  let open = true;
  let waiting: (() => void)[] = [];
  const release = () => {
    const all = waiting;
    waiting = [];
    for (const sent of all) sent();
  };
  const close = () => {
    open = false;
    channel.close();
    begun = [];
    release();
  };
  const end = () => {
    if (!open) return;
    close();
    listener.onEnd();
  };
  const take = (bytes: Buffer) => {
    let from = 0;
    for (let at = bytes.indexOf(lineFeed); at >= 0 && open; at = bytes.indexOf(lineFeed, from)) {
      begun.push(bytes.subarray(from, at));
      const line = begun.length === 1 && begun[0] ? begun[0] : Buffer.concat(begun);
      begun = [];
      size = 0;
      from = at + 1;
      listener.onMessage(parse(line.toString('utf8')));
    }
    if (!open) return;
    if (from < bytes.length) begun.push(bytes.subarray(from));
    size += bytes.length - from;
    if (size > longestLine) {
      begun = [];
      size = 0;
      listener.onMessage(undefined);
    }
  };
  const channel = native.openChannel(fd, (bytes) => (bytes === null ? end() : take(bytes)), release);
  return {
    send: (message) =>
      new Promise((sent) => {
        if (!open) return sent();
        channel.send(`${JSON.stringify(message)}\n`);
        if (channel.waiting() === 0) sent();
        else waiting.push(sent);
      }),
    close() {
      if (open) close();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
