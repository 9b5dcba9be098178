// SPDX-License-Identifier: MIT
// Recordings as files for root alone, in a folder made when it is missing. Nothing is written through a symbolic link, and only
// files with our own names are ever removed.

import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingPlace, Recordings } from '../ports/recordings.ts';

const ours = /^ka-ts-[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[\w.-]+\.(pcapng|json)$/;

export function createRecordings(): Recordings {
  let last: Promise<unknown> = Promise.resolve();
  return {
    write(place, name, capture, steps) {
      const work = last.then(async () => {
        await mkdir(place.directory, { recursive: true, mode: 0o700 });
        await writeNew(join(place.directory, `${name}.pcapng`), capture);
        await writeNew(join(place.directory, `${name}.json`), steps);
        await trim(place);
      });
      last = work.catch(() => {});
      return work;
    },
  };
}

/** Whole or not at all: whoever watches the folder never reads half a file. */
async function writeNew(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function trim({ directory, files, size }: RecordingPlace): Promise<void> {
  const names = (await readdir(directory)).filter((name) => ours.test(name)).sort();
  const stems = [...new Set(names.map((name) => name.replace(/\.[a-z]+$/, '')))];
  const sizes = new Map<string, number>();
  for (const name of names) {
    const stem = name.replace(/\.[a-z]+$/, '');
    const info = await lstat(join(directory, name)).catch(() => null);
    sizes.set(stem, (sizes.get(stem) ?? 0) + (info?.size ?? 0));
  }
  let total = [...sizes.values()].reduce((sum, n) => sum + n, 0);
  let left = stems.length;
  for (const stem of stems) {
    if (left <= files && total <= size) return;
    for (const ending of ['pcapng', 'json']) await rm(join(directory, `${stem}.${ending}`), { force: true });
    total -= sizes.get(stem) ?? 0;
    left--;
  }
}
