/** Says "up" and waits, deaf to signals. */
import process from 'node:process';

process.on('SIGTERM', () => undefined);
setInterval(() => undefined, 1000);
process.stdout.write('up\n');
