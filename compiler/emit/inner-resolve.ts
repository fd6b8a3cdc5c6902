/** What plugins give as data where they ask the bundler itself: a question within another one, which no plugin asks again. */
export const innerResolve = 'aria-inner-resolve';
