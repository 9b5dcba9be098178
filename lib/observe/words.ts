// Words and numbers as keepalived's dump files have them (reference: process document, section 13). The folder turns a view
// of the running state (ports/vrrp-view.ts) into text: pure, no file and no clock. Secrets never get past it.

import type { Micros } from '../base/time.ts';
import type { Script, VirtualAddress, VrrpInstance, Weight } from '../config/model.ts';

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

const scopes = new Map([
  [0, 'global'],
  [200, 'site'],
  [253, 'link'],
  [254, 'host'],
  [255, 'nowhere'],
]);

/** `192.0.2.52 brd 192.0.2.255 dev eth0 scope global label eth0:1 set`; a host prefix is left out. */
export function addressText(instance: VrrpInstance, a: VirtualAddress, isSet: boolean, rules: string | null = null): string {
  const six = a.ip.includes(':');
  const prefix = a.prefixLength === (six ? 128 : 32) ? '' : `/${a.prefixLength}`;
  const base = a.dev ?? instance.interface;
  const dev = a.made === null ? base : `${a.made}@${base}`;
  const parts = [`${a.ip}${prefix}`];
  if (a.broadcast) parts.push(`brd ${a.broadcast}`);
  if (dev !== null) parts.push(`dev ${dev}`);
  if (a.use_vmac) parts.push('use_vmac');
  parts.push(`scope ${scopes.get(a.scope) ?? a.scope}`);
  if (a.label) parts.push(`label ${a.label}`);
  if (a.peer) parts.push(`peer ${a.peer}/${a.prefixLength}`);
  if (a.home) parts.push('home');
  if (six && !a.dad) parts.push('-nodad');
  if (a.mngtmpaddr) parts.push('mngtmpaddr');
  if (a.noprefixroute) parts.push('noprefixroute');
  if (a.autojoin) parts.push('autojoin');
  if (a.no_track) parts.push('no_track');
  if (six) parts.push(a.preferred_lft === 0 ? 'deprecated' : `preferred_lft ${a.preferred_lft ?? 'forever'}`);
  if (isSet) parts.push('set');
  if (isSet && rules !== null) parts.push(rules);
  return parts.join(' ');
}
