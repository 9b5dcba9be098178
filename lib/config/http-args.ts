// SPDX-License-Identifier: MIT
// `http ADDRESS PORT [NAME...]`: where the status page is served.

import { parseIp } from '../base/address.ts';

import { exactly, json } from './json-schema.ts';
import type { ArgType } from './keyword.ts';
import type { HttpPlace } from './model.ts';

/** Below it a port is for root alone, which the process of the page is not. */
const firstPort = 1024;

export const httpPlace: ArgType<HttpPlace> = {
  syntax: 'ADDRESS PORT [NAME...]',
  doc: 'a numeric IP address, a port 1024..65535, and host names that browsers may use for it besides localhost and the own one',
  parse(args) {
    const [address, port, ...names] = args.words.slice(args.first).map((w) => w.text);
    if (address === undefined || port === undefined) {
      args.missing(address === undefined ? 0 : 1);
      return undefined;
    }
    const fault = (at: number, message: string) => {
      args.fault(at, { code: 'http-invalid', class: 'GENERAL_ERROR', message, word: args.text(at) ?? '', expected: this.doc });
      return undefined;
    };
    const ip = parseIp(address);
    if (!ip.ok) return fault(0, `http: '${address}' ${ip.error}`);
    const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
    if (number < firstPort || number > 65_535) return fault(1, `http: '${port}' is no port from ${firstPort} to 65535`);
    const bad = names.findIndex((name) => !/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(name));
    if (bad >= 0) return fault(2 + bad, `http: '${names[bad]}' is no host name`);
    return { address: ip.value, port: number, names: names.map((n) => n.toLowerCase()) };
  },
  print: ({ address, port, names }) => [address, port, ...names].join(' '),
  json: exactly({
    address: json.text,
    port: { type: 'integer', minimum: firstPort, maximum: 65_535 },
    names: { type: 'array', items: json.text },
  }),
};
