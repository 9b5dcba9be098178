// SPDX-License-Identifier: MIT
// Words and numbers as keepalived's dump files have them (reference: process document, section 13). The folder turns a view
// of the running state (ports/vrrp-view.ts) into text: pure, no file and no clock. Secrets never get past it.

import type { Micros } from '../base/time.ts';
import type { Script, VirtualAddress, VrrpInstance, Weight } from '../config/model.ts';
import { addressText as configuredText } from '../config/policy-text.ts';

/** What stands for a password or a key. */
export const masked = '********';

/** `SEC.USEC` of a time of day in µs. */
export function epochText(t: number): string {
  return `${Math.floor(t / 1e6)}.${micro(t)}`;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `1795270224.314140 (Sat Nov 21 14:10:24.314140 2026)`, in local time. */
export function momentText(t: number): string {
  const d = new Date(Math.floor(t / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const day = String(d.getDate()).padStart(2, ' ');
  const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${micro(t)}`;
  return `${epochText(t)} (${days[d.getDay()]} ${months[d.getMonth()]} ${day} ${time} ${d.getFullYear()})`;
}

function micro(t: number): string {
  return String(Math.floor(t % 1e6)).padStart(6, '0');
}

/** v2 whole seconds, v3 milliseconds. */
export function intervalText(version: 2 | 3, t: Micros): string {
  return version === 2 ? `${t / 1e6} sec` : `${t / 1e3} milli-sec`;
}

/** Each word of a command in single quotes. */
export function commandText(script: Script): string {
  return script.words.map((word) => `'${word}'`).join(' ');
}

/** With the numbers it runs as, where they are known. */
export function scriptText(script: Script): string {
  const { uid, gid } = script.run_as ?? { uid: 0, gid: 0 };
  return `${commandText(script)}, uid:gid ${uid}:${gid}`;
}

/** `-5 reverse` */
export function weightText(weight: Weight): string {
  return `${weight.value}${weight.reverse ? ' reverse' : ''}`;
}

/** As in the configuration, with what it is on; while it is in the kernel, `set` and the firewall that has it stand behind. */
export function addressText(instance: VrrpInstance, a: VirtualAddress, isSet: boolean, rules: string | null = null): string {
  const base = a.dev ?? instance.interface;
  const text = configuredText(a, a.made === null ? base : `${a.made}@${base}`);
  return isSet ? [text, 'set', ...(rules === null ? [] : [rules])].join(' ') : text;
}
