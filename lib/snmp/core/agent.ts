// SPDX-License-Identifier: MIT
// Answers a master's requests from a MIB (RFC 2741 section 7.2). Sets go through test, commit and, if another sub-agent failed,
// undo; what is tested is kept for its transaction only, and for few of them.

import type { Command, Received, Request, SearchRange } from './agentx.ts';
import type { Mib } from './mib.ts';
import type { Value, VarBind } from './value.ts';

type Answer = Extract<Command, { kind: 'response' }>;

/** RFC 3416 error-status, RFC 2741 section 7.2.4. */
const errorStatus = { none: 0, genErr: 5, wrongType: 7, wrongValue: 10, noCreation: 11, commitFailed: 14, undoFailed: 15, notWritable: 17 };

/** More repetitions than fit into any answer. */
const mostRepetitions = 100;
/** No round is begun behind so many bindings: a master may ask for thousands of objects a hundred times, which would take seconds. */
const mostBulkBindings = 2048;
const openTransactions = 16;

interface Transaction {
  readonly perform: () => void;
  readonly undo: () => void;
}

export interface Agent {
  /** null: nothing is answered. Never throws. */
  answer(received: Received): Answer | null;
}

/** `mib`: of the present moment; asked once for each request. */
export function createAgent(mib: () => Mib): Agent {
  const transactions = new Map<string, Transaction>();

  const test = (key: string, bindings: readonly VarBind[]): Answer => {
    const tree = mib();
    const performing: (() => void)[] = [];
    const undoing: (() => void)[] = [];
    for (const [i, { oid, value }] of bindings.entries()) {
      const found = tree.get(oid);
      const before = found?.cell.value;
      const write = found?.cell.write;
      if (found === undefined || (found !== null && !write)) return refusal(errorStatus.notWritable, i);
      if (!before || !write) return refusal(errorStatus.noCreation, i);
      if (before.type !== value.type) return refusal(errorStatus.wrongType, i);
      const perform = write(value);
      const undo = write(before);
      if (perform === 'wrongValue' || undo === 'wrongValue') return refusal(errorStatus.wrongValue, i);
      performing.push(perform);
      undoing.unshift(undo);
    }
    // A master that never cleans up must not be able to fill the memory.
    const oldest = transactions.keys().next().value;
    if (transactions.size >= openTransactions && oldest !== undefined) transactions.delete(oldest);
    transactions.set(key, { perform: () => runAll(performing), undo: () => runAll(undoing) });
    return success([]);
  };

  const attempt = (action: (() => void) | undefined, failure: number): Answer => {
    try {
      if (!action) return refusal(failure, 0);
      action();
      return success([]);
    } catch {
      return refusal(failure, 0);
    }
  };

  return {
    answer({ session, transaction, request }) {
      const key = `${session} ${transaction}`;
      switch (request.kind) {
        case 'testSet':
          return test(key, request.bindings);
        case 'commitSet':
          return attempt(transactions.get(key)?.perform, errorStatus.commitFailed);
        case 'undoSet': {
          const answer = attempt(transactions.get(key)?.undo, errorStatus.undoFailed);
          transactions.delete(key);
          return answer;
        }
        case 'cleanupSet':
          transactions.delete(key);
          return null;
        case 'close':
        case 'response':
          return null;
        default:
          return read(request, mib());
      }
    },
  };
}

function read(request: Extract<Request, { kind: 'get' | 'getNext' | 'getBulk' }>, mib: Mib): Answer {
  if (request.kind === 'get') return success(request.ranges.map(({ start }) => present(mib, start)));
  if (request.kind === 'getBulk') return readBulk(request, mib);
  return success(request.ranges.map((range) => following(mib, range)));
}

function readBulk(request: Extract<Request, { kind: 'getBulk' }>, mib: Mib): Answer {
  const { ranges, nonRepeaters, maxRepetitions } = request;
  const bindings = ranges.slice(0, nonRepeaters).map((range) => following(mib, range));
  let repeating: readonly SearchRange[] = ranges.slice(nonRepeaters);
  for (let round = 0; round < Math.min(maxRepetitions, mostRepetitions) && repeating.length > 0; round++) {
    if (round > 0 && bindings.length >= mostBulkBindings) break;
    const found = repeating.map((range) => following(mib, range));
    bindings.push(...found);
    if (found.every(({ value }) => value.type === 'endOfMibView')) break;
    repeating = found.map(({ oid }, i) => ({ start: oid, include: false, end: repeating[i]?.end ?? [] }));
  }
  return success(bindings);
}

function present(mib: Mib, oid: SearchRange['start']): VarBind {
  const found = mib.get(oid);
  const missing: Value = { type: found === undefined ? 'noSuchObject' : 'noSuchInstance' };
  return { oid, value: found?.cell.value ?? missing };
}

function following(mib: Mib, { start, include, end }: SearchRange): VarBind {
  const found = mib.next(start, include, end);
  return found ? { oid: found.oid, value: found.cell.value } : { oid: start, value: { type: 'endOfMibView' } };
}

function runAll(actions: readonly (() => void)[]): void {
  for (const action of actions) action();
}

function success(bindings: readonly VarBind[]): Answer {
  return { kind: 'response', error: errorStatus.none, index: 0, bindings };
}

/** `at`: position of the binding, from 0. */
function refusal(error: number, at: number): Answer {
  return { kind: 'response', error, index: at + 1, bindings: [] };
}
