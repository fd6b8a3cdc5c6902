/** Installs the packages of the corpus, for `.ci/run`: exit code 1 where npm cannot. */
import process from 'node:process';
import { installCorpus } from './install-corpus.ts';

const corpus = await installCorpus();
if (corpus.kind === 'missing') {
  console.error(corpus.reason);
  process.exitCode = 1;
}
