import { tool } from '@aria/sdk';
import nlp from 'compromise';

export const compromise = tool({ description: 'English: verbs, nouns, people, numbers, tenses, contractions', computeMs: 30_000, memoryMiB: 128 }, ({ text }: { text: string }) => {
  const document = nlp(text);
  return {
    nouns: document.nouns().out('array') as string[],
    verbs: document.verbs().out('array') as string[],
    people: document.people().out('array') as string[],
    numbers: document.numbers().json().length as number,
    past: nlp(text).sentences().toPastTense().text(),
    plural: nlp('one mouse and one city').nouns().toPlural().text(),
    contracted: nlp("I'm sure they won't").contractions().expand().all().text(),
    matched: document.match('#Determiner? #Adjective+ #Noun').out('array') as string[],
    sentences: document.sentences().length,
  };
});

export const inputs = [{ text: 'Dr. Ann Smith buys twenty-two red apples for Zoë. The quick fox jumps over two lazy dogs at 5pm!' }];
