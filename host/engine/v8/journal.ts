/** What a call has been told so far: enough to make its instance again in another worker. */
import { type BeginArguments, type ResumeArguments, type TurnMessage, signatureOf } from './messages.ts';

/** Maxima of journals. */
interface JournalLimits {
  readonly bytesMax: number;
  readonly turnsMax: number;
  /** All journals of an engine together. */
  readonly totalBytesMax: number;
}

/** The journals of an engine. Over their maximum the largest is let go, so that a call with little to remember keeps it. */
export class Journals {
  readonly limits: JournalLimits;
  readonly #bytes = new Map<Journal, number>();
  #total = 0;

  constructor(limits: JournalLimits) {
    this.limits = limits;
  }

  /** Bytes of all journals. */
  get bytes(): number {
    return this.#total;
  }

  /** Counts a journal with all that it holds now; lets journals go, maybe this one, until the rest fits. */
  weigh(journal: Journal, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(journal) ?? 0);
    this.#bytes.set(journal, bytes);
    while (this.#total > this.limits.totalBytesMax) this.#largest()?.letGo();
  }

  /** Counts a journal no longer. Idempotent. */
  forget(journal: Journal): void {
    this.#total -= this.#bytes.get(journal) ?? 0;
    this.#bytes.delete(journal);
  }

  #largest(): Journal | undefined {
    let found: Journal | undefined;
    let most = -1;
    for (const [journal, bytes] of this.#bytes) {
      if (bytes <= most) continue;
      found = journal;
      most = bytes;
    }
    return found;
  }
}

/** The journal of one call. */
export class Journal {
  readonly #journals: Journals;
  #begin: BeginArguments | undefined;
  #resumes: ResumeArguments[] = [];
  #signatures: string[] = [];
  #bytes: number;

  constructor(begin: BeginArguments, journals: Journals) {
    const [input, blobs] = begin;
    this.#begin = begin;
    this.#journals = journals;
    this.#bytes = blobs.reduce((sum, { byteLength }) => sum + byteLength, 2 * input.length);
  }

  /** Whether everything is still there; a journal over its maximum is let go. */
  get complete(): boolean {
    return this.#begin !== undefined;
  }

  /** What the call began with; nothing once the journal was let go. */
  get begin(): BeginArguments | undefined {
    return this.#begin;
  }

  get resumes(): readonly ResumeArguments[] {
    return this.#resumes;
  }

  /** What each turn started, by order. */
  get signatures(): readonly string[] {
    return this.#signatures;
  }

  /** The call was told more. */
  resumed(resume: ResumeArguments, bytes: number): void {
    if (!this.complete) return;
    this.#resumes.push(resume);
    this.#add(bytes);
  }

  /** A turn of the call ended in `waiting`. Nothing is let go before the first has. */
  ended(message: TurnMessage): void {
    if (!this.complete) return;
    const signature = signatureOf(message[3], message[4]);
    this.#signatures.push(signature);
    this.#add(signature.length);
  }

  /** Forgets everything: the call stays with its worker from now on, or is over. Idempotent. */
  letGo(): void {
    this.#begin = undefined;
    this.#resumes = [];
    this.#signatures = [];
    this.#journals.forget(this);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    const { bytesMax, turnsMax } = this.#journals.limits;
    if (this.#bytes > bytesMax || this.#resumes.length > turnsMax) this.letGo();
    else this.#journals.weigh(this, this.#bytes);
  }
}
