// SPDX-License-Identifier: MIT
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
  /** undefined for a line that is no JSON, or longer than any message. */
  onMessage(message: unknown): void;
  /** The other end is closed; called once, last. */
  onEnd(): void;
}

/** Takes the descriptor over. Does not keep the process alive. */
export function createChannel<Out>(native: Pick<NativeAddon, 'openChannel'>, fd: number, listener: MessageListener): MessageChannel<Out> {
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
    release();
  };
  const end = () => {
    close();
    listener.onEnd();
  };
  const take = (line: string | undefined) => listener.onMessage(line === undefined ? undefined : parse(line));
  const channel = native.openChannel(fd, (line) => (line === null ? end() : take(line)), release);
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
