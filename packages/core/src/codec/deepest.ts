/**
 * How many levels of nesting a cached value may have. What was written can then be read on any stack, and a value that contains itself
 * is found out.
 */
export const DEEPEST = 1_000
