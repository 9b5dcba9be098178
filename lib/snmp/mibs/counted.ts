// SPDX-License-Identifier: MIT
// What IPVS counts, in the columns that virtual and real servers have for it. Every counter is there in 32 bits and in 64, every
// rate besides in two halves: the MIB has grown.

import type { IpvsStatistics } from '../../ports/ipvs.ts';
import type { ColumnOf } from '../core/mib.ts';
import { counter, counter64, gauge, type Value } from '../core/value.ts';

export type Shown<Row> = Record<number, ColumnOf<Row>>;

/** First column of each run; the others follow it. */
export interface CountedAt {
  /** 32 bits: connections; packets in and out; bytes in and out (64 bits at all times). */
  readonly conns: number;
  readonly packets: number;
  readonly bytes: number;
  /** Connections, packets in and out, bytes in and out, a second. */
  readonly rates: number;
  /** 64 bits: connections, packets in and out. */
  readonly wide: number;
  /** Low and high half of each rate. */
  readonly halves: number;
  readonly wideRates: number;
}

const rates = ['connectionRate', 'packetRateIn', 'packetRateOut', 'byteRateIn', 'byteRateOut'] as const;
const half = 2 ** 32;

/** `of`: null where the kernel knows nothing of the row, which is shown as zero. */
export function countedBy<Row>(of: (row: Row) => IpvsStatistics | null): (at: CountedAt) => Shown<Row> {
  const show =
    (name: keyof IpvsStatistics, as: (value: number) => Value): ColumnOf<Row> =>
    (row) =>
      as(of(row)?.[name] ?? 0);
  return (at) => ({
    [at.conns]: show('connections', gauge),
    [at.packets]: show('packetsIn', counter),
    [at.packets + 1]: show('packetsOut', counter),
    [at.bytes]: show('bytesIn', counter64),
    [at.bytes + 1]: show('bytesOut', counter64),
    [at.wide]: show('connections', counter64),
    [at.wide + 1]: show('packetsIn', counter64),
    [at.wide + 2]: show('packetsOut', counter64),
    ...Object.assign(
      {},
      ...rates.map((name, i) => ({
        [at.rates + i]: show(name, gauge),
        [at.halves + 2 * i]: show(name, (value) => gauge(value % half)),
        [at.halves + 2 * i + 1]: show(name, (value) => gauge(Math.floor(value / half))),
        [at.wideRates + i]: show(name, counter64),
      })),
    ),
  });
}

/** Whole seconds of so many µs; 0 for none. */
export function seconds(micros: number | null): Value {
  return gauge((micros ?? 0) / 1e6);
}
