/** Makes a directory and those above it, where they are missing, readable by their owner only; gives whether it is there now. */
export declare function directoryMade(path: string): boolean;
