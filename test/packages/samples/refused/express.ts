import { tool } from '@aria/sdk';
import express from 'express';

export const serve = tool({ description: 'A server of HTTP' }, () => {
  express().listen(8080);
});
