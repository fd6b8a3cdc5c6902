import { tool } from '@aria/sdk';
import { EventEmitter } from 'eventemitter3';

export const eventemitter3 = tool({ description: 'Listeners, once, contexts, symbols as names' }, ({ words }: { words: string[] }) => {
  const emitter = new EventEmitter();
  const heard: string[] = [];
  const name = Symbol('name');
  const listener = function (this: { prefix: string }, word: string): void {
    heard.push(this.prefix + word);
  };
  emitter.on('word', listener, { prefix: '> ' });
  emitter.once('word', (word: string) => heard.push(`once ${word}`));
  emitter.on(name, () => heard.push('symbol'));
  const answers = words.map((word) => emitter.emit('word', word));
  emitter.off('word', listener);
  return { heard, answers, after: [emitter.emit('word', 'x'), emitter.emit(name), emitter.listenerCount('word')] };
});

export const inputs = [{ words: ['eins', 'zwei', 'drei'] }];
