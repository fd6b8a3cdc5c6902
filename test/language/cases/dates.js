//# ISO texts are read and written
return [new Date('2024-02-29T12:34:56.789Z').toISOString(), new Date('2024-02-29').getTime(), new Date('2024-02-29T12:00').getTime(), new Date('2024-02-29T12:00+02:00').toISOString(), new Date('+012345-01-01T00:00:00Z').toISOString(), new Date('-000001-01-01T00:00:00Z').toISOString(), new Date('2024').getTime(), new Date('2024-05').getTime()];
//# bad dates are Invalid Date
const d = new Date('nope'); return [d.getTime(), String(d), d.toJSON(), (() => { try { d.toISOString(); } catch (e) { return e.name; } })(), new Date('2024-13-01').getTime(), new Date('2024-02-30T00:00:00Z').getTime(), new Date(NaN).getFullYear(), new Date(8.64e15 + 1).getTime(), new Date(undefined).getTime(), new Date(null).getTime()];
//# parts in UTC
const d = new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 7)); return [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCDay(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds(), d.getUTCMilliseconds()];
//# the local zone is UTC
const d = new Date(2024, 0, 31, 12); return [d.getTimezoneOffset(), d.getTime(), d.getHours(), d.toISOString()];
//# parts overflow into the next
return [new Date(2024, 12, 1), new Date(2024, 0, 0), new Date(2024, 1, 31), new Date(2024, 0, 1, 25, 61, 61, 1001), new Date(99, 0), new Date(0, 0), new Date(2024, -1)].map((d) => d.toISOString());
//# setters return the time and overflow
const d = new Date(Date.UTC(2024, 0, 31)); return [d.setUTCMonth(1), d.toISOString(), d.setUTCDate(0), d.setUTCFullYear(2023, 1, 29), d.setUTCHours(24), d.setMinutes(-1), d.setTime(0), d.setUTCSeconds(NaN)];
//# a setter given NaN makes the date invalid
const d = new Date(0); d.setUTCSeconds(NaN); return d.getTime();
//# Date.UTC and Date.parse
return [Date.UTC(2024), Date.UTC(70, 0), Date.UTC(2024, 1, 30), Date.parse('2024-01-01T00:00:00.000Z'), Date.parse('Thu, 01 Jan 1970 00:00:00 GMT'), Date.UTC()];
//# texts of a date in UTC
const d = new Date(Date.UTC(2024, 0, 5, 6, 7, 8)); return [d.toUTCString(), d.toDateString(), d.toString().slice(0, 33), d.toJSON(), d.toTimeString().slice(0, 17)];
//# legacy texts are read
return ['Jan 5, 2024', '5 January 2024 10:00', '2024/01/05', 'Fri Jan 05 2024 06:07:08 GMT+0000', '01/05/2024', 'Jan 5, 2024 10:00 PM', '2024-01-05 10:00:00'].map((t) => new Date(t).getTime());
//# comparison, subtraction and conversion
const a = new Date(1000), b = new Date(3000); return [b - a, a < b, a == new Date(1000), +a, a + 1 === a.toString() + '1', `${a[Symbol.toPrimitive]('number')}`, typeof Date(), new Date(a).getTime(), Object.prototype.toString.call(a)];
//# the extreme days
return [new Date(8.64e15).toISOString(), new Date(-8.64e15).toISOString(), new Date(-1).toISOString(), new Date(Date.UTC(-1, 0)).toISOString(), new Date(Date.UTC(1900, 1, 29)).toISOString(), new Date(Date.UTC(2000, 1, 29)).toISOString()];
//# weekdays over a year add up
let s = 0; for (let i = 0; i < 366; i++) { const d = new Date(Date.UTC(2024, 0, 1 + i)); s += d.getUTCDay() * d.getUTCDate() * (d.getUTCMonth() + 1); } return s;
//# Date.now is whole and moves forward
const a = Date.now(), b = Date.now(); return [Number.isInteger(a), b >= a, a > 1.6e12, Math.abs(new Date().getTime() - a) < 10000];
//# getYear and setYear
const d = new Date(Date.UTC(2024, 5)); return [d.getYear?.(), new Date(0).setYear?.(99)];
//# Date without new gives text, and subclasses work
class D extends Date { plus(n) { return new D(+this + n); } } return [typeof Date(), new D(5).plus(5).getTime(), new D(0) instanceof D];
