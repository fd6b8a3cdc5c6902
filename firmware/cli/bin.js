#!/usr/bin/env node
import process from 'node:process';
import { startBundledNode } from '../../bin/node.js';

await startBundledNode(new URL('main.ts', import.meta.url), process.argv.slice(2));
