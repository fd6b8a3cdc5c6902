export { low as middle } from './low.ts';
