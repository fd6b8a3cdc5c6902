/**
 * Where the guest's engine answers otherwise than Node, and why that is accepted. A test asserts that each of these still
 * deviates, so that a newer engine that mends one is noticed here.
 */

/** Name of a case → the reason. */
export const deviations: Readonly<Record<string, string>> = {
  'Intl is absent with a clear error, or there':
    'QuickJS-ng has no Intl: its data alone is larger than the engine. A use is a ReferenceError that names it',
  'localeCompare of letters of both cases':
    'without Intl texts are compared by code unit after normalization, not by a collation',
  'toLocaleString groups thousands': 'without Intl numbers are written as toString writes them',
  'SharedArrayBuffer and Atomics are both there or both absent':
    'a guest has one thread: QuickJS-ng is built without Atomics and keeps the constructor',
  'Atomics on a plain array': 'a guest has one thread: QuickJS-ng is built without Atomics',
  "an error's stack begins with its name and message":
    'QuickJS-ng writes frames only; name and message are beside them in the error',
  'an array that contains itself joins as empty text':
    'QuickJS-ng does not look for cycles in join; the recursion ends as a catchable RangeError',
  'a setter given NaN makes the date invalid': 'QuickJS-ng 0.16 returns NaN but keeps the old time',
  'spread of a text into an object copies its characters':
    'QuickJS-ng 0.16 copies no characters when it spreads a text into an object; Object.assign does',
  'the shortest text of powers of two':
    'QuickJS-ng writes 17 digits for a few powers of two below 2^-13; both texts read back as the same number',
};
