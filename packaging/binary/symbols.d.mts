// SPDX-License-Identifier: MIT
/** `GLIBC` → `2.31`. */
export type Versions = Readonly<Partial<Record<'GLIBC' | 'GLIBCXX' | 'CXXABI' | 'GCC', string>>>;

export const oldest: Required<Versions>;
export function newestVersions(text: string): Versions;
export function tooNew(newest: Versions, limits?: Versions): string[];
export function neededBy(file: string): Versions;
