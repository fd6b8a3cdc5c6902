export const limits = { timeout: 1234 } as const;
