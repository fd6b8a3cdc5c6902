/** Series by their labels, of bounded number: whatever names come, a host holds and sends so many series and not one more. */

/** Longer labels are names of nothing that this host has. */
const labelCharactersMax = 128;
/** What stands for all that found no place. */
const otherLabel = 'other';

/** How a family of series is labelled. */
export interface LabelSetsOptions<Series, Names extends readonly [string, ...string[]]> {
  /** Up to three. */
  readonly names: Names;
  /** Series, the one for all others included. */
  readonly seriesMax: number;
  readonly create: () => Series;
  /** Takes secrets and control characters out of a label. */
  readonly clean: (label: string) => string;
}

/** Series by their labels. */
export class LabelSets<Series, Names extends readonly [string, ...string[]] = readonly [string, ...string[]]> {
  readonly #options: LabelSetsOptions<Series, Names>;
  /** By the labels as they come. The strings of a caller are the same ones each time, so that this is three look-ups by identity. */
  readonly #byLabels: Map<string, Map<string, Map<string, Series>>> = new Map();
  /** By the labels as they go out: two that are the same when they are clean are one. */
  readonly #series: Map<string, { readonly labels: readonly string[]; readonly series: Series }> = new Map();

  constructor(options: LabelSetsOptions<Series, Names>) {
    this.#options = options;
  }

  /** The series with these labels; that of all others where the maximum is reached. */
  get(first: string, second = '', third = ''): Series {
    return this.#byLabels.get(first)?.get(second)?.get(third) ?? this.#add([first, second, third]);
  }

  /** Every series with its labels. */
  *entries(): Generator<readonly [Readonly<Record<string, string>>, Series]> {
    for (const { labels, series } of this.#series.values()) {
      const named: Record<string, string> = {};
      for (const [index, name] of this.#options.names.entries()) named[name] = labels[index] ?? '';
      yield [named, series];
    }
  }

  #add(labels: readonly [string, string, string]): Series {
    const { names, seriesMax, clean } = this.#options;
    const full = this.#series.size >= seriesMax - 1;
    if (full || labels.some((label) => label.length > labelCharactersMax))
      return this.#named(names.map(() => otherLabel));
    const series = this.#named(labels.slice(0, names.length).map(clean));
    const [first, second, third] = labels;
    const bySecond = this.#byLabels.get(first) ?? new Map<string, Map<string, Series>>();
    const byThird = bySecond.get(second) ?? new Map<string, Series>();
    this.#byLabels.set(first, bySecond.set(second, byThird.set(third, series)));
    return series;
  }

  #named(labels: readonly string[]): Series {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known.series;
    const series = this.#options.create();
    this.#series.set(key, { labels, series });
    return series;
  }
}
