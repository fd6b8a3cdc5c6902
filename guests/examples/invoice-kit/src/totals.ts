/** Sums in whole cents, so that no cent is lost to floating point. */

/** A line as it is billed. */
export interface Line {
  /** What is sold. */
  description: string;
  quantity: number;
  /** Net price of one, in cents. */
  unitCents: number;
  /** Tax in percent, as 19 or 7. */
  taxPercent: number;
}

/** What one tax rate comes to. */
export interface TaxTotal {
  taxPercent: number;
  netCents: number;
  taxCents: number;
}

/** What an invoice comes to. */
export interface Totals {
  netCents: number;
  taxCents: number;
  grossCents: number;
  /** By rate, lowest first. */
  byTax: TaxTotal[];
}

/** Adds lines up. Tax is rounded once for each rate, as tax offices do. */
export function totalsOf(lines: readonly Line[]): Totals {
  const netByTax = new Map<number, number>();
  for (const { quantity, unitCents, taxPercent } of lines) {
    netByTax.set(taxPercent, (netByTax.get(taxPercent) ?? 0) + Math.round(quantity * unitCents));
  }
  const byTax = [...netByTax]
    .map(([taxPercent, netCents]) => ({ taxPercent, netCents, taxCents: Math.round((netCents * taxPercent) / 100) }))
    .sort((a, b) => a.taxPercent - b.taxPercent);
  const netCents = byTax.reduce((sum, part) => sum + part.netCents, 0);
  const taxCents = byTax.reduce((sum, part) => sum + part.taxCents, 0);
  return { netCents, taxCents, grossCents: netCents + taxCents, byTax };
}
