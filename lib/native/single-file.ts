// SPDX-License-Identifier: MIT
// Whether all of this is one executable (packaging/binary), whose launcher says so.

export interface SingleFile {
  /** The addon as a file for the time of the call. Throws with all places that were tried. */
  withAddonFile(use: (file: string) => void): void;
}

/** undefined: files in a folder, run by a Node that is installed. */
export function singleFile(): SingleFile | undefined {
  return (globalThis as { kaTsSingleFile?: SingleFile }).kaTsSingleFile;
}
