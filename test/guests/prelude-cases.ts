/**
 * What the Web APIs of the guest are held to: each case is the body of an async function that returns a JSON value. It runs in
 * the guest and in Node, and both must return the same.
 */
import { abortCases, eventCases, timerCases } from './prelude-cases/events.ts';
import { bodyCases, headerCases, requestCases } from './prelude-cases/fetch.ts';
import { cloneCases } from './prelude-cases/clone.ts';
import { cryptoCases, globalCases, textCases } from './prelude-cases/text.ts';
import { paramCases, urlCases } from './prelude-cases/url.ts';

/** A case. */
export interface PreludeCase {
  readonly name: string;
  /** The body of an async function. */
  readonly source: string;
}

export const preludeCases: readonly PreludeCase[] = Object.entries({
  ...urlCases,
  ...paramCases,
  ...textCases,
  ...cryptoCases,
  ...globalCases,
  ...cloneCases,
  ...eventCases,
  ...abortCases,
  ...timerCases,
  ...headerCases,
  ...bodyCases,
  ...requestCases,
}).map(([name, source]) => ({ name, source }));
