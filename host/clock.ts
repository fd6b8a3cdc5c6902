/** Time, as the host's own files name it. */
export { type Clock, systemClock } from '#wit/interfaces';
