export const open = [1, 2;
