// SPDX-License-Identifier: MIT
// What is only wrong because of a misspelt keyword: `virtal_router_id 51` is one mistake, not two. The text is read again with
// all suggestions taken; what vanishes then is told as an effect of the misspelling, not as a finding of its own.

import { ok } from '../base/result.ts';
import type { ConfigFiles } from '../ports/config-files.ts';
import { loadConfig } from './load.ts';
import type { Loaded, LoadOptions } from './options.ts';
import type { Finding, Severity } from './report.ts';

/** The findings without the consequences of those that have a replacement. `files` are as the findings were made from. */
export function withoutConsequences(
  files: ConfigFiles,
  options: LoadOptions,
  loaded: Loaded,
  findings: readonly Finding[],
): readonly Finding[] {
  const causes = findings.filter((f) => f.replacement !== undefined && f.definedAt === null);
  if (causes.length === 0 || causes.length === findings.length) return findings;
  const repaired = loadConfig(withReplacements(files, loaded, causes), { ...options, goOn: true });
  const left = new Set(repaired.findings.map(keyOf));
  const effects = new Map<Finding, Finding[]>();
  const kept = findings.filter((f) => {
    if (causes.includes(f) || left.has(keyOf(f))) return true;
    const cause = nearestCause(f, causes);
    if (!cause) return true;
    effects.set(cause, [...(effects.get(cause) ?? []), f]);
    return false;
  });
  return kept.map((f) => {
    const caused = effects.get(f);
    if (!caused) return f;
    const effect = [f.effect, ...caused.map((c) => c.message)].filter((t) => t !== null).join('; ');
    return { ...f, effect, severity: worst([f, ...caused]) };
  });
}

function withReplacements(files: ConfigFiles, loaded: Loaded, causes: readonly Finding[]): ConfigFiles {
  const changed = new Map<string, Map<number, string>>();
  for (const { place, word, replacement = '' } of causes) {
    const path = place && loaded.pathOf(place.file);
    const text = place && loaded.sourceLine(place.file, place.line);
    if (!place || !path || !text || !word || !text.startsWith(word, place.column - 1)) continue;
    const lines = changed.get(path) ?? new Map<number, string>();
    changed.set(path, lines.set(place.line, text.slice(0, place.column - 1) + replacement + text.slice(place.column - 1 + word.length)));
  }
  return {
    ...files,
    read(path) {
      const lines = changed.get(path);
      const content = files.read(path);
      if (!lines || !content.ok) return content;
      const text = new TextDecoder().decode(content.value).split('\n');
      for (const [number, line] of lines) text[number - 1] = line;
      return ok(new TextEncoder().encode(text.join('\n')));
    },
  };
}

function keyOf(f: Finding): string {
  return `${f.place?.file}:${f.place?.line} ${f.code} ${f.message}`;
}

/** The misspelling in the same file with the fewest lines between. */
function nearestCause(finding: Finding, causes: readonly Finding[]): Finding | null {
  let nearest: Finding | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const cause of causes) {
    const sameFile = !finding.place || cause.place?.file === finding.place.file;
    const distance = Math.abs((cause.place?.line ?? 0) - (finding.place?.line ?? 0));
    if (sameFile && distance < least) {
      nearest = cause;
      least = distance;
    }
  }
  return nearest;
}

const order: readonly Severity[] = ['notice', 'warning', 'error', 'fatal'];

function worst(findings: readonly Finding[]): Severity {
  return order[Math.max(...findings.map((f) => order.indexOf(f.severity)))] ?? 'error';
}
