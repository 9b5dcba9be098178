// SPDX-License-Identifier: MIT
// What is said of checks, in keepalived's words (reference/lvs-and-checkers.md 8.3, 9 and 10). Pure.

import type { Checker } from '../config/model-lvs.ts';

export interface Names {
  /** `[198.51.100.11]:tcp:80` */
  readonly rs: string;
  /** `[192.0.2.1]:tcp:80` */
  readonly vs: string;
}

type Active = Exclude<Checker, { kind: 'FILE_CHECK' | 'BFD_CHECK' }>;
type Kind = Active['kind'];

interface Words {
  /** null: nothing is said. */
  readonly succeeded: (n: Names, c: Active) => string | null;
  /** `retries`: tries after the first one, 0 for none. */
  readonly failed: (n: Names, retries: number, why: string, c: Active) => string;
  /** One of several tries: log_all_failures. */
  readonly once: (n: Names, why: string, number: number, c: Active) => string;
  /** Of the mail, between its arrows. */
  readonly mail: { readonly up: string; readonly down: (why: string) => string };
}

function after(retries: number): string {
  return retries > 0 ? ` after ${retries} ${retries === 1 ? 'retry' : 'retries'}` : '';
}

/** keepalived has no singular but for scripts. */
function afterRetries(retries: number): string {
  return retries > 0 ? ` after ${retries} retries` : '';
}

function retryOf(c: Active): number {
  return c.timing.retry;
}

function web(kind: string): Words {
  return {
    succeeded: ({ rs }) => `Remote Web server ${rs} succeed on service.`,
    failed: ({ rs }, _retries, _why, c) => `${kind}_CHECK on service ${rs} failed${afterRetries(retryOf(c))}.`,
    once: ({ rs }, why) => `${why} server ${rs}.`,
    mail: { up: 'CHECK succeed on service', down: () => 'CHECK failed on service : HTTP/SSL request failed' },
  };
}

function scriptOf(c: Active): string {
  return c.kind === 'MISC_CHECK' ? c.script.text : '';
}

/** Of a script: `failed` or `timed out`, then behind a bar how it ended, ready to be printed. */
function miscLine(n: Names, c: Active, why: string, suffix: string): string {
  const [result = '', end = ''] = why.split('|');
  return `Misc check for [${n.rs} VS ${n.vs}] by [${scriptOf(c)}] ${result}${suffix}${end}.`;
}

const words: Readonly<Record<Kind, Words>> = {
  TCP_CHECK: {
    succeeded: ({ rs }) => `TCP connection to ${rs} success.`,
    failed: ({ rs }, retries) => `TCP_CHECK on service ${rs} failed${afterRetries(retries)}.`,
    once: ({ rs }, why) => `TCP connection to ${rs} ${why}.`,
    mail: { up: 'TCP CHECK succeed on service', down: () => 'TCP CHECK failed on service' },
  },
  UDP_CHECK: {
    succeeded: ({ rs }) => `UDP connection to ${rs} success.`,
    failed: ({ rs }, retries) => `UDP_CHECK on service ${rs} failed${afterRetries(retries)}.`,
    once: ({ rs }, why) => (why === 'mismatch' ? `UDP check to ${rs} reply data mismatch.` : `UDP connection to ${rs} failed.`),
    mail: { up: 'UDP CHECK succeed on service', down: () => 'UDP CHECK failed on service' },
  },
  PING_CHECK: {
    succeeded: ({ rs }) => `ICMP connection to ${rs} success.`,
    failed: ({ rs, vs }, retries) =>
      retries > 0 ? `ICMP CHECK on service ${rs} of ${vs} failed after ${retries} retries.` : `ICMP CHECK on service ${rs} failed.`,
    once: ({ rs, vs }, why) =>
      why === 'timeout' ? `ICMP connection to address ${rs} timeout.` : `ICMP connection to ${rs} of ${vs} failed.`,
    mail: { up: 'ICMP CHECK succeed on service', down: () => 'ICMP CHECK failed on service' },
  },
  HTTP_GET: web('HTTP'),
  SSL_GET: web('SSL'),
  SMTP_CHECK: {
    succeeded: ({ rs }) => `Remote SMTP server ${rs} succeed on service.`,
    failed: (_n, _retries, why) => `SMTP_CHECK ${why}`,
    once: (_n, why) => `SMTP_CHECK ${why}`,
    mail: { up: 'CHECK succeed on service', down: (why) => `CHECK failed on service : ${why}` },
  },
  DNS_CHECK: {
    succeeded: () => null,
    failed: ({ rs }, retries, why) => `DNS_CHECK (${rs}) ${why}${afterRetries(retries)}`,
    once: ({ rs }, why) => `DNS_CHECK (${rs}) ${why}`,
    mail: { up: 'DNS_CHECK: succeed on service', down: () => 'DNS_CHECK: failed on service' },
  },
  MISC_CHECK: {
    succeeded: (n, c) => `Misc check for [${n.rs} VS ${n.vs}] by [${scriptOf(c)}] succeeded.`,
    failed: (n, _retries, why, c) => miscLine(n, c, why, retryOf(c) === 0 ? ' with retry disabled' : after(retryOf(c))),
    once: (n, why, number, c) => {
      const all = retryOf(c);
      const suffix = number === 1 ? `, will do ${all} ${all === 1 ? 'retry' : 'retries'}` : ` on retry ${number - 1}/${all}`;
      return miscLine(n, c, why, suffix);
    },
    mail: { up: 'MISC CHECK succeeded on service', down: (why) => `MISC CHECK ${why.split('|')[0]} on service` },
  },
};

/** null: nothing is said. */
export function succeededText(c: Active, names: Names): string | null {
  return words[c.kind].succeeded(names, c);
}

/** The check gives the server up. `retries`: tries after the first one; 0 says no number. */
export function failedText(c: Active, names: Names, retries: number, why: string): string {
  return words[c.kind].failed(names, retries, why, c);
}

/** Their line of a server that is given up says why by itself. */
const reasoned: ReadonlySet<Kind> = new Set(['SMTP_CHECK', 'DNS_CHECK', 'MISC_CHECK']);

/** Before the line of a server that is given up, with log_all_failures: why. null: that line says it. */
export function lastReasonText(c: Active, names: Names, why: string): string | null {
  return reasoned.has(c.kind) ? null : words[c.kind].once(names, why, 0, c);
}

/** Try `number` (from 1) failed and is tried again. */
export function failedOnceText(c: Active, names: Names, number: number, why: string): string {
  return words[c.kind].once(names, why, number, c);
}

/** Body of the mail, without its arrows. */
export function mailText(c: Active, up: boolean, why: string): string {
  const { mail } = words[c.kind];
  return up ? mail.up : mail.down(why);
}

/** The check could not be made. `step`: keepalived says bind whatever failed before anything is sent. */
export function unableText(c: Active, names: Names, why: string, step = 'bind'): string {
  return `${c.kind} ${names.rs} socket ${step} failed. Rescheduling (${why})`;
}

export function bfdText(name: string, rs: string, up: boolean): string {
  return `BFD check of [${name}] RS(${rs}) is ${up ? 'UP' : 'DOWN'}`;
}

export function fileText(rs: string, file: string, fault: boolean): string {
  return fault ? `(${rs}): tracked file ${file} now FAULT state` : `(${rs}): tracked file ${file} leaving FAULT state`;
}
