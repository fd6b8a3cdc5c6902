/** What a call has been told so far: enough to make its instance again in another worker. */
import { type BeginArguments, type ResumeArguments, type TurnMessage, signatureOf } from './messages.ts';

/** Maxima of one journal. */
export interface JournalLimits {
  readonly bytesMax: number;
  readonly turnsMax: number;
}

/** The journal of one call. */
export class Journal {
  readonly begin: BeginArguments;
  readonly #limits: JournalLimits;
  #resumes: ResumeArguments[] = [];
  #signatures: string[] = [];
  #bytes = 0;
  /** Whether everything is still there; a journal over its maximum is let go. */
  complete = true;

  constructor(begin: BeginArguments, limits: JournalLimits) {
    this.begin = begin;
    this.#limits = limits;
  }

  get resumes(): readonly ResumeArguments[] {
    return this.#resumes;
  }

  /** What each turn started, by order. */
  get signatures(): readonly string[] {
    return this.#signatures;
  }

  resumed(resume: ResumeArguments, bytes: number): void {
    this.#resumes.push(resume);
    this.#bytes += bytes;
    this.#check();
  }

  ended(message: TurnMessage): void {
    const signature = signatureOf(message[3], message[4]);
    this.#signatures.push(signature);
    this.#bytes += signature.length;
    this.#check();
  }

  #check(): void {
    if (this.complete && this.#bytes <= this.#limits.bytesMax && this.#resumes.length <= this.#limits.turnsMax) return;
    this.complete = false;
    this.#resumes = [];
    this.#signatures = [];
  }
}
