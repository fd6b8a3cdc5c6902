/** Every maximum of this folder, with its reason. */

/** Arguments and variables of a process together: a quarter of what Linux takes by default (2 MiB), so that no runtime's own copy fails. */
export const argumentBytesMax = 512 * 1024;
/** Variables of a process. bubblewrap takes 9,000 words in all, three for each variable. */
export const variablesMax = 1024;
/** Arguments of a process. */
export const argumentsMax = 1024;
/** Mounts of a container: each costs some 50 microseconds and a row in the kernel's table. */
export const mountsMax = 64;
/** PATH_MAX of Linux, less its end. */
export const pathBytesMax = 4095;

/** Below it not even Bun's own pages fit. */
export const memoryBytesMin = 16 * 1024 * 1024;
/** 1 TiB: above it a number is an error and no wish. */
export const memoryBytesMax = 2 ** 40;
/** The share of a core below which the scheduler's period (100 ms) is cut into less than its own minimum (1 ms). */
export const cpusMin = 0.01;
export const cpusMax = 1024;
/** Of a process without a thread: the runtime that watches over it counts as well. */
export const processesMin = 4;
/** `pid_max` of 64-bit Linux. */
export const processesMax = 4_194_304;
export const openFilesMin = 16;
/** `fs.nr_open` by default. */
export const openFilesMax = 1_048_576;
/** A tmpfs of less than a page has no room for a file. */
export const temporaryBytesMin = 4096;

/** A runtime that has not made a container by then never will: 400 times what it takes. */
export const startTimeoutMs = 10_000;
/** Of a probe's container, which ends at once; longer, since the first one reads the runtime from the disk. */
export const probeTimeoutMs = 15_000;
/** Of Bun when it compiles a script: 100 times what it takes. */
export const compileTimeoutMs = 15_000;
/** How long the machine may take to end processes that were killed, and to give their control group back. */
export const removalTimeoutMs = 5_000;
/** Output of a container that waits for its reader here, of each stream; the system's pipe holds as much again. Then the container waits. */
export const outputBytesWaiting = 64 * 1024;
/** Output that `execute` keeps, of each stream. */
export const executeBytesMax = 1024 * 1024;
/** What is read of a runtime's log or of a failed start's output. */
export const causeBytesMax = 4096;
/** Further processes at a time in one container. */
export const executesMax = 16;
/** Launchers that wait for the next container. One hides the cost of a control group; a burst pays it. */
export const sparesMax = 1;

/** Root directories that are kept: the newest are used, the others are those of hosts before an update. */
export const rootsMax = 6;
/** Files of a root directory beside Bun and its libraries, all together. */
export const rootFilesBytesMax = 64 * 1024 * 1024;
/** Libraries that a binary may need, directly and through others. */
export const librariesMax = 64;
