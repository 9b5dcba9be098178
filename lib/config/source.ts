// SPDX-License-Identifier: MIT
// Files to physical lines (reference/config-language.md sections 2 and 9), through the ConfigFiles port. Every file is
// read once, however often it is included.

import type { ConfigFiles, FileFault } from '../ports/config-files.ts';
import { byteLength, LimitExceeded, limits } from './limits.ts';

/** Why a line must not be used. */
export type LineFault = 'too-long' | 'nul';

/** Lines of a file, and by index those that must not be used. */
export interface PhysicalLines {
  readonly texts: readonly string[];
  readonly faults: ReadonlyMap<number, LineFault>;
}

export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  readonly directory: string;
  readonly lines: PhysicalLines;
}

export type Opened = { readonly ok: true; readonly file: SourceFile } | { readonly ok: false; readonly fault: FileFault };

export interface Sources {
  /** `path` relative to `directory`, or absolute. Throws LimitExceeded for too many files or bytes. */
  open(path: string, directory: string): Opened;
  glob(pattern: string, directory: string): readonly string[];
  readonly directory: string;
}

export function sourcesFrom(files: ConfigFiles): Sources {
  const known = new Map<string, Opened>();
  let bytes = 0;
  let lines = 0;
  let globs = 0;
  return {
    directory: files.directory(),
    glob(pattern, directory) {
      if (++globs > limits.includes) throw new LimitExceeded('includes', 'too many include lines');
      return files.glob(pattern, directory);
    },
    open(path, directory) {
      const absolute = resolvePath(path, directory);
      const before = known.get(absolute);
      if (before) return before;
      if (known.size >= limits.files) throw new LimitExceeded('files', 'too many configuration files');
      const content = files.read(absolute);
      if (content.ok) {
        bytes += content.value.length;
        if (bytes > limits.totalBytes) throw new LimitExceeded('totalBytes', 'configuration files are too big');
      }
      const opened: Opened = content.ok
        ? { ok: true, file: { path: absolute, directory: parentOf(absolute), lines: linesOf(content.value) } }
        : { ok: false, fault: content.error };
      known.set(absolute, opened);
      return opened;
    },
  };

  function linesOf(content: Uint8Array): PhysicalLines {
    const found = physicalLines(decodeText(content), limits.lines - lines);
    lines += found.texts.length;
    if (lines > limits.lines) throw new LimitExceeded('lines', 'configuration files have too many lines');
    return found;
  }
}

/** UTF-8 where it is valid, else Latin-1, so that any bytes at all become text and none is lost. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return text;
  }
}

/** No more than one line above `most` is cut: millions of empty ones would fill the memory. */
export function physicalLines(text: string, most: number = limits.lines): PhysicalLines {
  const texts = text.split('\n', most + 2);
  if (texts.at(-1) === '') texts.pop();
  const faults = new Map<number, LineFault>();
  const clean = !/[\r\0]/.test(text);
  for (let i = 0; i < texts.length; i++) {
    let line = texts[i] ?? '';
    if (!clean) {
      line = line.replace(/\r+$/, '');
      texts[i] = line;
      if (line.includes('\0')) faults.set(i, 'nul');
    }
    if (line.length > limits.lineBytes / 4 && !faults.has(i) && byteLength(line) > limits.lineBytes) faults.set(i, 'too-long');
  }
  return { texts, faults };
}

/** Absolute form of `path`, `.` and `..` resolved by name. */
export function resolvePath(path: string, directory: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function parentOf(absolute: string): string {
  return absolute.slice(0, absolute.lastIndexOf('/')) || '/';
}
