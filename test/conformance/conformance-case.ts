/** A case of a conformance table: a fact, and what proves it on a subject. */
export interface ConformanceCase<Subject> {
  /** A sentence that is true of every implementation. */
  readonly fact: string;
  /** Throws where it is not. */
  prove(subject: Subject): Promise<void>;
}

/** Makes a case. */
export function fact<Subject>(text: string, prove: (subject: Subject) => Promise<void>): ConformanceCase<Subject> {
  return { fact: text, prove };
}
