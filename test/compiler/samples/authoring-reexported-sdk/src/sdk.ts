export { tool as make } from '@aria/sdk';
