#!/usr/bin/env node
import process from 'node:process';
import { startBundledNode } from '../../bin/node.js';

// A build under --watch lives long: with an arena of memory for each thread a tenth of what it holds would be holes.
await startBundledNode(new URL('main.ts', import.meta.url), process.argv.slice(2), { MALLOC_ARENA_MAX: '2' });
