import { aria, kv, tool, ToolError } from '@aria/sdk';
import { countWords } from './words.ts';

/** A note as it is kept. */
interface Note {
  text: string;
  tags: string[];
}

// A namespace may be shared by all tools of a host, so it bears the name of the project.
const notes = kv('project-name');

@aria({ name: 'project-name', version: '0.1.0', description: 'Keeps notes and finds them again' })
export class Notes {
  /** Keeps a note. A title that is taken is refused, so that nothing is lost. */
  @tool({ tokens: ['kv:project-name:rw'] })
  async addNote(input: {
    /**
     * What the note is found by.
     * @minLength 1
     * @maxLength 80
     */
    title: string;
    text: string;
    /** @maxItems 10 */
    tags?: string[];
  }): Promise<{ title: string; words: number }> {
    const note: Note = { text: input.text, tags: input.tags ?? [] };
    // Stores only where nothing is stored yet, whoever else is at it.
    if (!(await notes.compareAndSet(input.title, undefined, JSON.stringify(note)))) {
      throw new ToolError('NOTE_EXISTS', `Cannot add "${input.title}": there is a note of that title`);
    }
    return { title: input.title, words: countWords(input.text) };
  }

  /** Gives a note by its title. */
  @tool({ tokens: ['kv:project-name:r'] })
  async readNote(input: { title: string }): Promise<Note> {
    const note = await notes.getJson<Note>(input.title);
    if (note === undefined) {
      throw new ToolError('NOTE_UNKNOWN', `Cannot read "${input.title}": there is no such note`, {
        details: { title: input.title },
      });
    }
    return note;
  }

  /** Lists titles in alphabetical order, a page at a time. */
  @tool({ tokens: ['kv:project-name:r'] })
  async listNotes(input: {
    /** Only titles that begin with it. */
    prefix?: string;
    /** Where the page before ended. */
    cursor?: string;
  }): Promise<{ titles: string[]; cursor?: string }> {
    const { keys, cursor } = await notes.list({ prefix: input.prefix ?? '', cursor: input.cursor });
    return cursor === undefined ? { titles: [...keys] } : { titles: [...keys], cursor };
  }
}
