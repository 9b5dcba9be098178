// SPDX-License-Identifier: MIT
// Every code a finding can have: what it means and a configuration that shows it. docs/reference/errors.md is made of this,
// and a test holds each example to what it is said to give. A code is never reused for another meaning.

import { languageCodes } from './codes/language.ts';
import { routerCodes } from './codes/routers.ts';
import type { CodeRow } from './codes/row.ts';
import { serverCodes } from './codes/servers.ts';

export type { CodeRow } from './codes/row.ts';

/** In the order of the page. */
export const codes: Readonly<Record<string, CodeRow>> = { ...languageCodes, ...routerCodes, ...serverCodes };
