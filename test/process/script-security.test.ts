// SPDX-License-Identifier: MIT
// enable_script_security against somebody who exchanges what was looked at, between the look and the run: random trees of directories,
// scripts and symbolic links, and a user who tries everything on everything that the way to the script goes through.

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createScriptChecks } from '../../lib/kernel/script-checks.ts';
import { dice } from '../support/dice.ts';

const rounds = 300;
const nobody = 65534;

describe('a script that runs as root, found safe', function () {
  this.timeout(60_000);
  /** Under one that is root's alone but for those who pass. */
  let folder = '';
  before(() => {
    folder = mkdtempSync('/run/ka-test-scripts-');
    chmodSync(folder, 0o755);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`cannot be exchanged by anybody else, in ${rounds} random places`, () => {
    const roll = dice(7);
    const one = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
    const owned = (path: string, modes: readonly number[]) => {
      const [uid, gid] = roll(4) === 0 ? [nobody, nobody] : [0, one([0, 0, 0, nobody])];
      lchownSync(path, uid, gid);
      if (!lstatSync(path).isSymbolicLink()) chmodSync(path, one(modes));
    };
    const tally = { safe: 0, refused: 0, attacked: 0 };
    for (let round = 0; round < rounds; round++) {
      const base = join(folder, String(round));
      mkdirSync(base, { mode: 0o755 });
      const directories = [base];
      for (let n = 1 + roll(4); n > 0; n--) {
        const path = join(one(directories), `d${n}`);
        mkdirSync(path);
        directories.push(path);
      }
      const script = join(one(directories), 'script');
      writeFileSync(script, '#!/bin/sh\n');
      const names = [script];
      const links: string[] = [];
      for (let n = roll(4); n > 0; n--) {
        const target = one([...names, ...directories]);
        const link = join(one(directories), `link${n}`);
        symlinkSync(target, link);
        links.push(link);
        // The way through a link to a directory, where the script is below it.
        const isAbove = names.find((name) => name.startsWith(`${target}/`));
        if (names.includes(target)) names.push(link);
        else if (isAbove) names.push(link + isAbove.slice(target.length));
      }
      // Mostly good ones: with everything at random, hardly any way is safe.
      const everything = [...directories.slice(1), script, ...links];
      for (const path of everything) {
        const isFolder = lstatSync(path).isDirectory();
        if (roll(3) === 0) owned(path, isFolder ? [0o755, 0o775, 0o777, 0o1777, 0o711] : [0o755, 0o775, 0o777, 0o700]);
        else if (!lstatSync(path).isSymbolicLink()) chmodSync(path, 0o755);
      }
      chownSync(base, 0, 0);
      const named = one(names);
      const check = createScriptChecks().script(named, { uid: 0, gid: 0 }, roll(2) === 0);
      assert.equal(check.kind, 'usable', named);
      if (check.kind !== 'usable') continue;
      const way = everything.filter((path) => isOnTheWay(path, check.path));
      const exchanged = asNobody(() => way.filter((path) => canExchange(path, path === script)));
      if (check.unsafe === null) {
        tally.safe++;
        assert.deepEqual(exchanged, [], `${check.path} by way of ${named} was found safe`);
      } else {
        tally.refused++;
        if (exchanged.length > 0) tally.attacked++;
      }
    }
    assert.ok(tally.safe > 30 && tally.attacked > 30, JSON.stringify(tally));
  });
});

/** The kernel's own answer: without it the script is not there. */
function isOnTheWay(path: string, script: string): boolean {
  renameSync(path, `${path}.away`);
  const gone = !existsSync(script);
  renameSync(`${path}.away`, path);
  return gone;
}

/** Whoever we are now tries. */
function canExchange(path: string, isScript: boolean): boolean {
  const before = lstatSync(path);
  const attempts = [
    () => {
      renameSync(path, `${path}.taken`);
      renameSync(`${path}.taken`, path);
    },
    () => {
      if (!isScript) throw new Error('a directory is not written to');
      closeSync(openSync(path, 'r+'));
    },
    () => {
      if (before.isSymbolicLink()) throw new Error('has no mode');
      chmodSync(path, 0o777);
    },
  ];
  return attempts.some((attempt) => {
    try {
      attempt();
      return true;
    } catch {
      return false;
    }
  });
}

function asNobody<T>(act: () => T): T {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([nobody]);
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}
