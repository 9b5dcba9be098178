// SPDX-License-Identifier: MIT
// Where recordings go: files of a folder that is kept within bounds, the oldest go first.

export interface RecordingPlace {
  readonly directory: string;
  /** Recordings, of two files each. */
  readonly files: number;
  /** Bytes of all together. */
  readonly size: number;
}

export interface Recordings {
  /**
   * Writes NAME.pcapng and NAME.json one after the other with other writes; rejects with Error{code}. Names are file names of
   * letters, digits, '.', '-' and '_'.
   */
  write(place: RecordingPlace, name: string, capture: Uint8Array, steps: string): Promise<void>;
}
