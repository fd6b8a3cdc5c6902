import { tool } from '@aria/sdk';
import { EMPTY, Subject, catchError, concatMap, debounceTime, delay, from, interval, lastValueFrom, map, merge, mergeMap, of, reduce, retry, scan, take, throwError, timeout, toArray, zip } from 'rxjs';

export const rxjs = tool({ description: 'Streams over timers and promises: merging, retries, timeouts, subjects' }, async ({ numbers }: { numbers: number[] }) => {
  let tries = 0;
  const flaky = new Subject<number>();
  const typed = lastValueFrom(flaky.pipe(debounceTime(5), toArray()));
  for (const number of numbers) flaky.next(number);
  setTimeout(() => flaky.complete(), 20);
  return {
    scanned: await lastValueFrom(from(numbers).pipe(scan((sum, value) => sum + value, 0), toArray())),
    ticks: await lastValueFrom(interval(2).pipe(take(3), map((tick) => tick * 10), toArray())),
    ordered: await lastValueFrom(from(numbers).pipe(concatMap((value) => of(value).pipe(delay(5 - value))), toArray())),
    merged: await lastValueFrom(merge(of('a').pipe(delay(20)), of('b').pipe(delay(1))).pipe(toArray())),
    zipped: await lastValueFrom(zip(from(numbers), from(['ä', 'b'])).pipe(map(([a, b]) => `${a}${b}`), toArray())),
    retried: await lastValueFrom(of(1).pipe(mergeMap(() => ((tries += 1) < 3 ? throwError(() => new Error('again')) : of(tries))), retry(5))),
    late: await lastValueFrom(of(1).pipe(delay(1000), timeout(5), catchError((error: Error) => of(error.name)))),
    empty: await lastValueFrom(EMPTY.pipe(reduce((sum: number) => sum, 7))),
    typed: await typed,
  };
});

export const inputs = [{ numbers: [3, 1, 2] }];
