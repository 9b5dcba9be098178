// SPDX-License-Identifier: MIT
export * from '../base/paint.ts';
